"""How long it takes to make the picture of one channel of a bundled network.

    python benchmarks/maximising.py                      # the photographs, last checkpoint
    python benchmarks/maximising.py --run characters-adequate --layers conv_2 logits

For a channel of each chosen layer the two pictures, with and without what keeps them from turning
into noise, are made in a warm process: nothing is kept from one measurement to the next, and the
first channel of a layer pays for compiling. The claim: at most 10 s for each, the median over
the channels. The time of the processor is printed beside it: on a busy machine it is what stays
true. The claim is judged by the clock.

Then 8 channels at once, for the time each takes in a batch, and a picture that was kept.

Exit code 1 if the claim does not hold.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from explorer.inference.kept_images import FOLDER
from explorer.inference.maximise import maximise
from explorer.paths import PROJECT

LIMIT_SECONDS = 10.0
TOGETHER = 8


def main():
    """Measure, print, judge."""
    options = _options()
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; run {options.run}")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / options.run
        shutil.copytree(PROJECT / "checkpoints" / options.run, run)
        medians = [check(run, layer, options.channels) for layer in options.layers]
    slowest = max(medians)
    holds = slowest <= LIMIT_SECONDS
    print("PASS" if holds else "FAIL", f"one channel: {slowest:.1f} s, limit {LIMIT_SECONDS} s")
    sys.exit(0 if holds else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="photographs")
    parser.add_argument("--layers", nargs="+", default=["conv_1", "relu_4", "logits"])
    parser.add_argument("--channels", type=int, default=3, help="measured one by one")
    return parser.parse_args()


def check(run: Path, layer: str, num_channels: int) -> float:
    """Measure one layer; return the median of the seconds for one channel."""
    times = [measured(run, layer, [channel]) for channel in range(num_channels)]
    together = measured(run, layer, list(range(TOGETHER)))
    kept = measured(run, layer, [0], forget=False)
    walls, processor = zip(*times, strict=True)
    print(
        f"{layer}: one channel {statistics.median(walls):.1f} s, the first {walls[0]:.1f} s; "
        f"processor {statistics.median(processor):.1f} s, the first {processor[0]:.1f} s; "
        f"{TOGETHER} at once: {together[0] / TOGETHER:.1f} s each, "
        f"processor {together[1] / TOGETHER:.1f} s; kept: {kept[0]:.2f} s",
        flush=True,
    )
    return statistics.median(walls)


def measured(run: Path, layer: str, channels: list[int], *, forget: bool = True):
    """Make the pictures; return the seconds of the clock and of the processor."""
    if forget:
        shutil.rmtree(run / FOLDER, ignore_errors=True)
    wall, processor = time.perf_counter(), time.process_time()
    maximise(_listen, network={"run": str(run)}, layer=layer, channels=channels)
    return time.perf_counter() - wall, time.process_time() - processor


def _listen(share, words):
    """Take no notice of how far it is."""


if __name__ == "__main__":
    main()
