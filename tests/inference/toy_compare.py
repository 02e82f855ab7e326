"""A comparison that needs no network: it keeps a made-up result, and counts how often it did."""

from explorer import runs
from explorer.inference.comparison import key_of, save
from explorer.paths import cache_dir
from tests.inference.conftest import ARRAYS, PLAIN, Comparison


def compare(progress, *, run_a, step_a, run_b, step_b):
    progress(0.5, "Pretending")
    if "gone" in run_a:
        raise ValueError("The images are gone.")
    with (cache_dir() / "asked").open("a") as asked:
        asked.write("once\n")
    made = Comparison(**{**ARRAYS, **PLAIN, "sets": ()})
    save(made, key_of(runs.open_run(run_a), step_a, runs.open_run(run_b), step_b))
    return {}


KINDS = {"compare": compare}
