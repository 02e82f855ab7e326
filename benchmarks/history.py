"""How long a picture takes through 30 checkpoints of two runs, and how fast that is scrubbed.

    python benchmarks/history.py                              # trains two short runs, then measures
    python benchmarks/history.py --only asking --pictures 9

Two runs of the article's network on the handwritten digits, enlarged to 32 x 32 pixels in colour,
are trained for 96 steps each, with weights kept at 30 of them.

**Asking**: the inference process has loaded TensorFlow, and nothing else. A new picture is kept
and sent through all checkpoints of the one run and then of the other, with Grad-CAM for the class
it decides for in the end, the way the Filters page asks. The first picture finds neither network
open and its programs to be compiled. The claim: every picture, the first too, takes at most 3 s.

**Scrubbing**: the page shows the history of a sample, both runs beside each other, in headless
Chromium, and its slider is moved; a move is over with the second animation frame after its
`input` event. The claims: 95 % of moves within 50 ms; coloured pixels change at every move, and at
half of the moves a thousandth of the picture at least, as when the maps move and not the lines
alone; no message to the server.

Exit code 1 if a claim does not hold.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from browser import ROOT, machine, open_browser, start_streamlit

sys.path.insert(0, str(ROOT))
from comparing_moves import LIMIT_MS, report, scrub
from scrubbing import LEAST_CHANGE

from explorer import runs
from explorer.inference import given
from explorer.inference.client import Client
from explorer.training import jobs
from explorer.training.spec import Recording, TrainingSpec

MOST_SECONDS = 3.0
LEAST_CHECKPOINTS = 30
APP = ROOT / "streamlit_app.py"
# Checkpoints that fall on one step count once: of 50 places in 96 steps, 30 are different.
SPEC = TrainingSpec(
    data="digits",
    image_size=32,
    color="rgb",
    optimizer="adamw",
    epochs=4,
    recording=Recording(checkpoints=50),
)
RATES = {"Digits, 0.003": 0.003, "Digits, 0.001": 0.001}


def main():
    """Train, measure, print, judge."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPLORER_CACHE"] = f"{folder}/cache"
        os.environ["EXPLORER_CHECKPOINTS"] = f"{folder}/runs"
        trained = [train(name, rate) for name, rate in RATES.items()]
        passed = [PARTS[name](trained, options) for name in options.only]
    sys.exit(0 if all(passed) else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--pictures", type=int, default=7)
    parser.add_argument("--moves", type=int, default=60)
    return parser.parse_args()


def train(name: str, learning_rate: float) -> runs.Run:
    """Train a run to its end."""
    values = {**SPEC.to_dict(), "name": name, "learning_rate": learning_rate}
    run = jobs.submit(TrainingSpec.from_dict(values), nice=0)
    while run.is_live:
        time.sleep(0.5)
        run = runs.open_run(run.folder)
    if run.status != "finished" or len(run.checkpoints) < LEAST_CHECKPOINTS:
        raise RuntimeError(
            f"{name} is {run.status} with {len(run.checkpoints)} checkpoints. {run.detail}"
        )
    return run


def check_asking(trained: list[runs.Run], options) -> bool:
    """Send new pictures through both runs."""
    client = Client()
    try:
        client.submit("describe_network", network={"run": str(warming_run())}).result()
        seconds = [ask(client, trained, number) for number in range(options.pictures)]
    finally:
        client.close()
    counts = " and ".join(str(len(run.checkpoints)) for run in trained)
    print(f"{machine()}, {len(seconds)} pictures through {counts} checkpoints")
    print(f"  first {seconds[0]:.2f} s, then {statistics.median(seconds[1:]):.2f} s median")
    slowest = max(seconds)
    return _judge(
        slowest <= MOST_SECONDS, f"asking: slowest {slowest:.2f} s, limit {MOST_SECONDS} s"
    )


def warming_run() -> Path:
    """Return a run of another network than those that are measured."""
    return ROOT / "checkpoints" / "characters-dense"


def ask(client: Client, trained: list[runs.Run], number: int) -> float:
    """Return the seconds for one new picture."""
    coarse = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    picture = coarse.repeat(4, axis=0).repeat(4, axis=1)
    start, label = time.perf_counter(), None
    for run in trained:
        found = client.submit(
            "history",
            run=str(run.folder),
            image=given.keep(picture),
            steps=run.checkpoints.tolist(),
            label=label,
        ).result()
        label = int(found["label"])
        if len(found["maps"]) != len(run.checkpoints):
            raise RuntimeError(f"There are {len(found['maps'])} maps.")
    return time.perf_counter() - start


def check_scrubbing(trained: list[runs.Run], options) -> bool:
    """Move the slider of the history of both runs."""
    first, second = (run.id for run in trained)
    query = {"run": first, "second": second, "view": "Through training"}
    with start_streamlit(APP) as server, open_browser() as browser:
        address = f"{server.url}/filters?{urlencode(query)}"
        moves, busy = scrub(browser, address, options.moves)
    drawn = statistics.median(move["changed"] for move in moves) >= LEAST_CHANGE
    return _judge(
        report("History of two runs", moves, busy) and drawn,
        f"scrubbing: 95 % of moves within {LIMIT_MS} ms, no message, maps that move",
    )


def _judge(holds, words) -> bool:
    print("PASS" if holds else "FAIL", words, flush=True)
    return holds


PARTS = {"asking": check_asking, "scrubbing": check_scrubbing}


if __name__ == "__main__":
    main()
