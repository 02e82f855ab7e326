"""A sweep of learning rates on two Ray workers, against doing the trials one after the other.

Claims: two workers with one core each take at most 0.65 times as long as this machine's queue,
which does the same trials one after the other, each with both cores; and at most 0.65 times as
long as one of the workers alone, with which every trial ends with the same weights to the bit.
The trials of the queue end with other weights: how many threads share an operation decides the
last bits of its result, and where the learning rate is large such differences grow, until one
training learns and the other does not.

All are timed from a shell, from the command to its last line; the start of the Ray cluster is not
counted. The images are prepared before. Prints the figures; exits with 1 when a claim does not
hold.

    python benchmarks/sweep.py [--data bundled] [--epochs 25] [--rates 0.01,0.05,0.1,0.5]

A worker of Ray begins with the loading of TensorFlow, about 4 s, and to reach the cluster and send
the explorer's code there takes some seconds more; a trial of the queue begins with that loading
every time. Real trials last minutes, beside which all this is little; those of this benchmark last
about one.

The claim on the queue does not hold. Printed beside it is what a training alone takes, from its
first step to its last, with one core (the other one idle) and with both. One that has both keeps
both busy for most of its time: two workers that lose nothing take more than 0.65 times as long.

Needs two cores that nothing else uses, and Ray.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
from explorer import runs

NODES = PROJECT / "tests" / "training" / "ray_nodes.py"
MOST_RATIO = 0.65
WORKERS = 2


@contextmanager
def ray_cluster(environment, num_nodes):
    """Start nodes with a core each, and take them down again."""
    command = [sys.executable, "-W", "ignore", str(NODES), str(num_nodes), "1"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    nodes = subprocess.Popen(command, env=environment, **pipes)
    try:
        yield nodes.stdout.readline().strip()
    finally:
        nodes.communicate()


def explorer(environment, *arguments):
    """Run a command of the explorer; return its document, and how long it took."""
    command = [sys.executable, "-m", "explorer", *arguments, "--json"]
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr}")
    return json.loads(done.stdout), time.perf_counter() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--data", default="bundled")
    parser.add_argument("--rates", default="0.01,0.05,0.1,0.5")
    options = parser.parse_args()
    sweep = ["sweep", options.data, "--learning-rates", options.rates]
    sweep += ["--epochs", str(options.epochs)]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "EXPLORER_CHECKPOINTS": f"{folder}/runs",
            "EXPLORER_CACHE": f"{folder}/cache",
            "EXPLORER_JOBS": "1",
        }
        explorer(environment, "train", options.data, "--epochs", "1")
        on_ray = []
        for num_nodes in (1, WORKERS):
            with ray_cluster(environment, num_nodes) as address:
                on_ray.append(explorer(environment, *sweep, "--ray", address))
        queued = explorer(environment, *sweep)
        same = [
            is_same(*pair) for pair in zip(*(done["trials"] for done, _ in on_ray), strict=True)
        ]
        alone = [training_seconds(done) for done, _ in (on_ray[0], queued)]
    return report(*on_ray, queued, same, alone)


def is_same(one, other):
    """Say whether two trials ended with the same weights, to the bit."""
    first, second = (runs.open_run(trial["folder"]) for trial in (one, other))
    ends = [run.checkpoint(int(run.checkpoints[-1])) for run in (first, second)]
    return ends[0].keys() == ends[1].keys() and all(
        values.tobytes() == ends[1][name].tobytes() for name, values in ends[0].items()
    )


def training_seconds(done):
    """Return how long a trial of a sweep took from its first step to its last, on average."""
    metrics = [runs.open_run(trial["folder"]).metrics().train for trial in done["trials"]]
    return sum(train["seconds"].sum() for train in metrics) / len(metrics)


def report(one_worker, two_workers, queued, same, alone):
    """Print what was measured; return the exit status."""
    ways = {
        "one Ray worker, one core": one_worker,
        f"{WORKERS} Ray workers, one core each": two_workers,
        "the queue, both cores for each trial": queued,
    }
    for words, (done, seconds) in ways.items():
        ends = (f"{t['learning_rate']:g}: {t['validation_accuracy']:.1%}" for t in done["trials"])
        print(f"{words}: {seconds:.1f} s for {len(done['trials'])} trials; {', '.join(ends)}")
    to_queue, to_one = (two_workers[1] / peer[1] for peer in (queued, one_worker))
    one_core, both = alone
    print(
        f"the training alone: {one_core:.1f} s a trial with one core, {both:.1f} s with both; "
        f"two workers that lose nothing take {one_core / WORKERS / both:.2f} times as long"
    )
    print(f"{sum(same)} of {len(same)} trials on Ray end with the same weights to the bit")
    print(f"ratio {to_queue:.2f} to the queue, {to_one:.2f} to one worker (limit {MOST_RATIO})")
    holds = max(to_queue, to_one) <= MOST_RATIO and all(same)
    print("PASS" if holds else "FAIL")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
