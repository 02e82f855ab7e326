"""A sweep of learning rates on two Ray workers against the same sweep on one machine's queue.

Claim: with one core for each worker, the sweep takes at most 0.65 times as long as its trials one
after the other, each with both cores. Both are timed from a shell, from the command to its last
line; the start of the Ray cluster is not counted. The images are prepared before. Prints the
figures; exits with 1 when the claim does not hold.

    python benchmarks/sweep.py [--epochs 6] [--rates 0.01,0.05,0.1,0.5]

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
NODES = PROJECT / "tests" / "training" / "ray_nodes.py"
MOST_RATIO = 0.65
WORKERS = 2


@contextmanager
def ray_cluster(environment):
    """Start two nodes with a core each, and take them down again."""
    command = [sys.executable, "-W", "ignore", str(NODES), str(WORKERS), "1"]
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
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rates", default="0.01,0.05,0.1,0.5")
    options = parser.parse_args()
    sweep = ["sweep", "digits", "--learning-rates", options.rates, "--epochs", str(options.epochs)]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "EXPLORER_CHECKPOINTS": f"{folder}/runs",
            "EXPLORER_CACHE": f"{folder}/cache",
            "EXPLORER_JOBS": "1",
        }
        explorer(environment, "train", "digits", "--epochs", "1")
        alone, sequential = explorer(environment, *sweep)
        with ray_cluster(environment) as address:
            beside, together = explorer(environment, *sweep, "--ray", address)
    return report(sequential, together, alone["trials"], beside["trials"])


def report(sequential, together, alone, beside):
    for one, other in zip(alone, beside, strict=True):
        print(
            f"rate {one['learning_rate']:g}: validation {one['validation_accuracy']:.1%} one after "
            f"the other, {other['validation_accuracy']:.1%} on Ray, {one['step']:,} steps"
        )
    ratio = together / sequential
    print(f"{len(alone)} trials one after the other: {sequential:.1f} s")
    print(f"{len(beside)} trials on {WORKERS} Ray workers: {together:.1f} s")
    print(f"ratio {ratio:.2f} (limit {MOST_RATIO})")
    holds = ratio <= MOST_RATIO
    print("PASS" if holds else "FAIL")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
