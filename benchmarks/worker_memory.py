"""Whether the memory of the inference process grows with what it is asked.

    python benchmarks/worker_memory.py                        # 1,000 pictures after 50
    python benchmarks/worker_memory.py --pictures 200

Pictures of noise, each a new one, are classified one after the other the way the Filters page
does it: prepared, kept in a cache of their own, and asked about through the page's client. The
resident memory of the inference process is read after the warm-up, ten times on the way, and at
the end.

The claim: at no reading has it grown by 50 MB or more since the warm-up, over at least 1,000
pictures. Exit code 1 if it does not hold.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from explorer import runs
from explorer.inference import given
from explorer.inference.client import Client
from explorer.paths import PROJECT

MOST_GROWTH_MB = 50
LEAST_PICTURES = 1000
READINGS = 10


def main():
    """Measure, print, judge."""
    options = _options()
    run = runs.open_run(PROJECT / "checkpoints" / options.run)
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; run {run.id}")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["EXPLORER_CACHE"] = cache
        client = Client()
        try:
            start, grown, seconds = measure(client, run, options.warm_up, options.pictures)
        finally:
            client.close()
    most = max(grown)
    print(f"after {options.warm_up} pictures: {start:.0f} MB; {options.pictures} more:")
    print("  grown by", ", ".join(f"{one:.1f}" for one in grown), "MB")
    print(f"  {1000 * seconds / options.pictures:.1f} ms a picture")
    holds = most < MOST_GROWTH_MB and options.pictures >= LEAST_PICTURES
    print(
        "PASS" if holds else "FAIL",
        f"grown by {most:.1f} MB at the most over {options.pictures:,} pictures, limit "
        f"{MOST_GROWTH_MB} MB over {LEAST_PICTURES:,}",
    )
    sys.exit(0 if holds else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="photographs")
    parser.add_argument("--warm-up", type=int, default=50, help="pictures before the first reading")
    parser.add_argument("--pictures", type=int, default=LEAST_PICTURES)
    return parser.parse_args()


def measure(client: Client, run: runs.Run, warm_up: int, pictures: int):
    """Classify pictures.

    Returns:
        MB after the warm-up, MB more at each reading, and seconds for the pictures that followed
        the warm-up.
    """
    rng = np.random.default_rng(0)
    for _ in range(warm_up):
        classify(client, run, rng)
    start, began, grown = resident_mb(client), time.perf_counter(), []
    for number in range(1, pictures + 1):
        classify(client, run, rng)
        if number % max(1, pictures // READINGS) == 0:
            grown.append(resident_mb(client) - start)
    return start, grown, time.perf_counter() - began


def classify(client: Client, run: runs.Run, rng: np.random.Generator):
    """Have a new picture classified."""
    size = run.data["image_size"]
    pixels = rng.integers(0, 256, (size, size, run.data["channels"]), dtype=np.uint8)
    network = {"run": str(run.folder), "step": int(run.checkpoints[-1])}
    client.submit("classify_given", network=network, images=[given.keep(pixels)]).result()


def resident_mb(client: Client) -> float:
    """Return the resident memory of the inference process."""
    return psutil.Process(client.process_id).memory_info().rss / 1e6


if __name__ == "__main__":
    main()
