"""The article's experiment from the page: how soon it can be watched, and how it ends.

    python benchmarks/experiment.py
    python benchmarks/experiment.py --first-point      # only until the first live point

Chromium opens the trainer on an empty runs folder, with every setting as it stands, and clicks
*Run the article's experiment*: one network, trained twice on the bundled images, with an
adequate and with an unreasonably large learning rate. The clock starts with the click. A live
point counts when a training has written metrics *and* the loss chart shows a line of some
length. Preparing the bundled images comes before the click and is timed apart.

The peer, afterwards on the same machine: a plain Keras script that builds the same network and
trains it on the same images without recording, from the start of Python to its first step, and
both trainings, from the speed of its later steps.

The claims: the first live point within 10 s, both runs finished within 240 s; the adequate
rate ends at 90 % of the validation images or more, the large one within 3 points of guessing.
Accuracies are read from the metrics on disk and must be those the page shows. Exit code 1 if a
claim does not hold.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from browser import ROOT, machine, open_browser, open_page, start_streamlit
from playwright.sync_api import Error

sys.path.insert(0, str(ROOT))
from explorer import data, runs
from explorer.training import jobs
from explorer.training.spec import TrainingSpec

MOST_SECONDS_TO_POINT = 10
MOST_SECONDS = 240
LEAST_ADEQUATE = 0.9
MOST_FROM_CHANCE = 0.03
PATIENCE = 900  # seconds until it no longer waits
PEER_STEPS = 300

HAS_LINE = """
() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')]
  .filter(chart => chart.querySelector('.role-title')?.textContent.startsWith('Loss'))
  .flatMap(chart => [...chart.querySelectorAll('.mark-line.role-mark path')])
  .some(line => line.getTotalLength() > 1)
"""

PEER = """
import sys, time
import keras, numpy as np
from explorer import data, runs
from explorer.models.architectures import Network
from explorer.models.build import build

seconds, steps = [], int(sys.argv[2])
run = runs.open_run(sys.argv[1])
spec, images = run.spec, data.open_prepared(run.data["key"])
sizes = {name: spec[name] for name in ("filters", "kernel_size", "depth", "dropout")}
height, channels = images.images.shape[2:]
model = build(Network(spec["model"], height, channels, len(images.class_names), **sizes), seed=0)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.SGD(spec["learning_rate"]), loss, metrics=["accuracy"])
clock = keras.callbacks.LambdaCallback(
    on_train_batch_end=lambda batch, logs=None: seconds.append(time.time())
)
size = spec["batch_size"]
rows = np.random.default_rng(0).permutation(len(images.labels))[: steps * size]
model.fit(
    images.images[rows], images.labels[rows], batch_size=size, epochs=1 + steps * size // len(rows),
    verbose=0, callbacks=[clock],
)
print(seconds[0], (seconds[steps - 1] - seconds[20]) / (steps - 21))
"""


def main():
    """Measure, print, judge."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that trainings are stopped then, too
    print(f"{machine()}; bundled images ready after {_prepare():.1f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPLORER_CHECKPOINTS"] = folder
        try:
            passed = _run_experiment(options)
            _stop_all()
            _report_peer()
        finally:
            _stop_all()
    print("PASS" if passed else "FAIL")
    sys.exit(0 if passed else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--first-point", action="store_true", help="stop both trainings after the first point"
    )
    parser.add_argument("--screenshot", type=Path)
    return parser.parse_args()


def _prepare() -> float:
    """Make the bundled images ready as the page asks for them; return the seconds it took."""
    start, spec = time.perf_counter(), TrainingSpec()
    data.load(spec.data, image_size=spec.image_size, color=spec.color, fit=spec.fit)
    return time.perf_counter() - start


def _run_experiment(options):
    with open_browser() as browser, start_streamlit(ROOT / "streamlit_app.py") as server:
        page = open_page(browser, f"{server.url}/trainer")
        button = page.get_by_role("button", name="Run the article's experiment")
        button.wait_for(timeout=120_000)
        page.wait_for_timeout(2000)
        button.click(no_wait_after=True)
        clicked = time.perf_counter()
        point = _seconds_to_point(page, clicked)
        seconds = None if options.first_point else _seconds_to_end(page, clicked)
        passed = _report(page, point, seconds)
        if options.screenshot:
            page.screenshot(path=options.screenshot, full_page=True)
    return passed


def _seconds_to_point(page, clicked) -> dict[str, float]:
    """Return when the first metrics were on disk, and when the chart showed them."""
    seconds = {}
    while len(seconds) < 2:
        now = time.perf_counter() - clicked
        if "disk" not in seconds and any(_lines(run, "loss") for run in runs.list_runs()):
            seconds["disk"] = now
        if "disk" in seconds and page.evaluate(HAS_LINE):
            seconds["chart"] = time.perf_counter() - clicked
        if now > PATIENCE:
            raise RuntimeError(f"No live point after {PATIENCE} s: {_states()}.")
        page.wait_for_timeout(20)
    return seconds


def _seconds_to_end(page, clicked) -> float:
    while any(run.is_live for run in runs.list_runs()):
        page.wait_for_timeout(100)
        if time.perf_counter() - clicked > PATIENCE:
            raise RuntimeError(f"Not finished after {PATIENCE} s: {_states()}.")
    return time.perf_counter() - clicked


def _lines(run, *keys):
    """Return the complete lines of a run's metrics that have these keys, as they are on disk."""
    path = run.folder / "metrics.jsonl"
    text = path.read_text() if path.exists() else ""
    lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [line for line in lines if all(key in line for key in keys)]


def _states():
    return ", ".join(f"{run.name}: {run.status} {run.detail}" for run in runs.list_runs())


def _stop_all():
    """Leave no training behind."""
    for run in runs.list_runs():
        if run.is_live:
            jobs.request_stop(run)
    deadline = time.monotonic() + 60
    while any(run.is_live for run in runs.list_runs()) and time.monotonic() < deadline:
        time.sleep(0.2)


def _report(page, point, seconds):
    print(f"{machine()}; first metrics on disk {point['disk']:.1f} s after the click")
    print(f"first live point in the chart: {point['chart']:.1f} s (limit {MOST_SECONDS_TO_POINT})")
    passed = point["chart"] <= MOST_SECONDS_TO_POINT
    if seconds is not None:
        print(f"both runs finished: {seconds:.0f} s after the click (limit {MOST_SECONDS})")
        passed = _report_accuracies(page) and passed and seconds <= MOST_SECONDS
    return passed


def _report_accuracies(page):
    """Judge the last validation on disk, and that the page shows the same."""
    finished = [run for run in runs.list_runs() if run.status == "finished"]
    if len(finished) != 2:
        print(f"two finished runs were expected: {_states()}")
        return False
    adequate, large = sorted(finished, key=lambda run: run.spec["learning_rate"])
    chance = 1 / len(large.class_names)
    good, bad = (_last_accuracy(run) for run in (adequate, large))
    shown = all(_is_shown(page, accuracy) for accuracy in (good, bad))
    print(f"{adequate.name}: {good:.1%} of {adequate.data['num_validation']:,} validation images")
    print(f"{large.name}: {bad:.1%}, guessing {chance:.1%}")
    print(f"the page shows {'these accuracies' if shown else 'other accuracies'}")
    return good >= LEAST_ADEQUATE and abs(bad - chance) <= MOST_FROM_CHANCE and shown


def _last_accuracy(run):
    """Return the accuracy after the last step, straight from the file."""
    last = _lines(run, "val_accuracy")[-1]
    if last["step"] != run.planned_steps:
        raise RuntimeError(f"{run.name} was validated last at step {last['step']}, not at its end.")
    return last["val_accuracy"]


def _is_shown(page, accuracy):
    words = f"{100 * accuracy:.1f} % of the validation images classified correctly"
    try:
        page.get_by_text(words).first.wait_for(timeout=20_000)
    except Error:
        return False
    return True


def _report_peer():
    """Train the same network without the explorer; for comparison, not judged."""
    run = next(run for run in runs.list_runs() if run.planned_steps)
    start = time.time()
    command = [sys.executable, "-c", PEER, str(run.folder), str(PEER_STEPS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The peer failed:\n{done.stderr[-2000:]}")
    first, per_step = map(float, done.stdout.split())
    whole = 2 * (first - start + run.planned_steps * per_step)
    print(f"plain Keras script: first step after {first - start:.1f} s, {1e3 * per_step:.1f} ms a")
    print(f"  step; both trainings without recording or validation: {whole:.0f} s")


if __name__ == "__main__":
    main()
