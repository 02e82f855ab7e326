"""How long the loss surface under two bundled runs takes, beside bare forward passes.

    python benchmarks/surface.py                                  # the bundled pair
    python benchmarks/surface.py --runs photographs --size 13

The surface is measured as the page asks for it, with the settings of the process that answers the
page: a coarse grid of 7 x 7 places first, which also opens and compiles the network, then finer
ones up to 25 x 25. A coarse picture is also asked for from nothing, as after the start of the app,
by way of a new process that has yet to load TensorFlow; that one is what the claim is about.

The peer of the whole are bare forward passes: the same network is shown the same 512 images as
often as the grid has places, by the same compiled program, with nothing else done. One such pass is
done and timed before each place, and does not count for the surface, so that whatever else the
machine does slows both alike. The images are prepared before any clock starts. The time of the
processor is printed beside that of the clock: on a busy machine it is what stays true.

The claims, by the clock: a coarse picture from nothing within 10 s, the whole within 60 s and
within 1.5 times the bare passes. Exit code 1 if one does not hold.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from explorer.training.processes import worker_environment

if not worker_environment().items() <= os.environ.items():  # TensorFlow reads it at its start
    environment = {**os.environ, **worker_environment()}
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)

from explorer import runs
from explorer.inference.client import Client
from explorer.inference.kept_images import LANDSCAPES
from explorer.inference.landscape import SIZES
from explorer.inference.loss_images import loss_images
from explorer.inference.losses import Losses
from explorer.inference.network import open_network
from explorer.inference.surface import surface
from explorer.paths import PROJECT

PAIR = ["characters-adequate", "characters-too-large"]
COARSE_SECONDS, WHOLE_SECONDS, MOST_TIMES = 10.0, 60.0, 1.5


def main():
    """Measure, print, judge."""
    options = _options()
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.runs}")
    with tempfile.TemporaryDirectory() as folder:
        copies = [_copied(name, Path(folder)) for name in options.runs]
        run = runs.open_run(copies[0])
        loss_images(run, lambda *_: None)
        from_nothing = _from_nothing([_copied(name, Path(folder) / "new") for name in options.runs])
        bare = BarePasses(Losses(open_network(run).model, loss_images(run, lambda *_: None)))
        sizes = [size for size in SIZES if size <= options.size]
        stages = [_stage(bare, copies, size) for size in sizes]
    whole = _sum(stages)
    peer = tuple(seconds / bare.count * options.size**2 for seconds in bare.seconds)
    print(f"coarse from nothing: {from_nothing:.1f} s, with the loading of TensorFlow")
    print(f"coarse: {_words(stages[0])}; {options.size} x {options.size}: {_words(whole)}")
    print(f"{options.size**2} bare passes over {bare.num_images} images: {_words(peer)}")
    times = whole[0] / peer[0]
    print(f"{times:.2f} times; by the processor {whole[1] / peer[1]:.2f} times")
    holds = (from_nothing <= COARSE_SECONDS, whole[0] <= WHOLE_SECONDS, times <= MOST_TIMES)
    limits = f"limits {COARSE_SECONDS:.0f} s, {WHOLE_SECONDS:.0f} s, {MOST_TIMES} times"
    print("PASS" if all(holds) else "FAIL", limits)
    sys.exit(0 if all(holds) else 1)


class BarePasses:
    """Called before each place that is measured: does one forward pass, and times it.

    Args:
        losses: Of a network of its own, of the same make.
    """

    def __init__(self, losses: Losses):
        self._losses = losses
        self.num_images = len(losses.logits())
        self.count, self.seconds = 0, (0.0, 0.0)

    def __call__(self, share: float, words: str) -> None:
        """Do a pass."""
        if words.startswith("Measuring"):
            self.seconds = _sum([self.seconds, _measured(self._losses.logits)])
            self.count += 1


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--runs", nargs="+", default=["characters-adequate", "characters-too-large"]
    )
    parser.add_argument("--size", type=int, default=25, choices=SIZES)
    return parser.parse_args()


def _copied(name, folder):
    """Copy a run without what was measured of it."""
    ignored = shutil.ignore_patterns(LANDSCAPES)
    return shutil.copytree(PROJECT / "checkpoints" / name, folder / name, ignore=ignored)


def _from_nothing(copies):
    """Return the seconds until a new process has answered with the coarse surface."""
    client, begun = Client(), time.perf_counter()
    try:
        runs_asked = dict(zip(("run_a", "run_b"), map(str, copies), strict=False))
        client.submit("surface", **runs_asked, size=SIZES[0]).result(300)
        return time.perf_counter() - begun
    finally:
        client.close()


def _stage(bare, copies, size):
    """Measure the surface on a grid, and take off what was spent on bare passes."""
    other = str(copies[1]) if len(copies) > 1 else None
    before = bare.seconds
    spent = _measured(lambda: surface(bare, run_a=str(copies[0]), run_b=other, size=size))
    return tuple(all_of - (b - a) for all_of, a, b in zip(spent, before, bare.seconds, strict=True))


def _measured(work):
    """Return the seconds of the clock and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def _sum(parts):
    return tuple(sum(part) for part in zip(*parts, strict=True))


def _words(seconds):
    return f"{seconds[0]:.1f} s (processor {seconds[1]:.1f} s)"


if __name__ == "__main__":
    main()
