"""How well it learns real images: a ZIP of class folders, split by group, from the shell.

Claims, for the nine Simpsons characters in grey, 64 x 64 (10,047 frames; the set of the article
that this project retells): one command reaches 95 % on the validation part in at most 20 minutes
on two cores; the article's network reaches 85 % with an adequate learning rate, and stays at
chance with an unreasonably large one. Prints the commands and what they reached; exits with 1
when a claim does not hold. The images are not part of this repository.

    python benchmarks/real_images.py simpsons9_gray64.zip simpsons9_gray64_groups.csv
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MOST_MINUTES = 20
CHANCE = 1 / 9
ARTICLE = "--model article --image-size 64 --depth 4 --optimizer sgd --batch-size 32 --augment"
RUNS = {
    "compact": (
        "--model compact --image-size 64 --filters 40 --dropout 0.2 --epochs 30",
        0.95,
        1.0,
    ),
    "article": (
        f"{ARTICLE} --augment-strength 0.3 --learning-rate 0.15 --schedule cosine --epochs 40",
        0.85,
        1.0,
    ),
    "too-large": (f"{ARTICLE} --learning-rate 2 --epochs 3", 0.0, CHANCE + 0.05),
}


def train(name, options, images, groups, root):
    """Train through the shell; return the last validation accuracy and the seconds it took."""
    command = ["-m", "explorer", "train", images, "--groups", groups, "--name", name]
    command += [*options.split(), "--json"]
    print(f"$ python {shlex.join(command)}", flush=True)
    start = time.perf_counter()
    environment = {**os.environ, "EXPLORER_CHECKPOINTS": str(root)}
    result = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, check=True
    )
    run = Path(root) / json.loads(result.stdout)["id"]
    return last_accuracy(run), time.perf_counter() - start


def last_accuracy(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["val_accuracy"] for line in lines if "val_accuracy" in line][-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images")
    parser.add_argument("groups")
    parser.add_argument("--only", choices=RUNS, nargs="*", default=list(RUNS))
    arguments = parser.parse_args()
    images, groups = (str(Path(name).resolve()) for name in (arguments.images, arguments.groups))
    failed = False
    with tempfile.TemporaryDirectory() as root:
        for name in arguments.only:
            options, least, most = RUNS[name]
            accuracy, seconds = train(name, options, images, groups, root)
            holds = least <= accuracy <= most and seconds <= 60 * MOST_MINUTES
            failed |= not holds
            print(
                f"{name}: {accuracy:.1%} on validation images after {seconds / 60:.1f} minutes "
                f"(limits: {least:.1%} to {most:.1%}, {MOST_MINUTES} minutes) "
                f"{'PASS' if holds else 'FAIL'}",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
