"""Whether hostile files are refused soon, with a reason, and without filling the server's memory.

    python benchmarks/refusing.py                    # every file of the corpus
    python benchmarks/refusing.py --only pictures

The files are those that `tests/models/keras_corpus.py` and `tests/data/image_corpus.py` make, the
same that the tests use. This process writes them and shows them to another one, which stands for
the server and has not held any of them before.

- **networks** go the page's way: kept in the cache, then looked at in a process that is thrown
  away.
- **pictures** are decoded as the page does it, for people and for a network.

Before every file the peak of the asking process's memory is set back, and read afterwards. The
claim: each is refused in under 2 s, with a reason in one line, and the asking process grows by
less than 100 MB at its peak; so it does for the largest pictures that are accepted. The time of
the processor, that of the processes thrown away too, is printed beside: on a busy machine it is
what stays true. The claim is judged by the clock.
Exit code 1 if the claim does not hold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "models"), str(ROOT / "tests" / "data")]

MOST_SECONDS = 2.0
MOST_GROWTH_MB = 100
ACCEPTED = "accepted: "
# The largest pictures that are read, by kind: colours, sides, and how they are saved.
LARGEST = {
    "transparent PNG": ("RGBA", (4_000, 4_000), "PNG", {}),
    "PNG in colour": ("RGB", (4_000, 4_000), "PNG", {}),
    "PNG of 16 bits": ("I;16", (4_472, 4_472), "PNG", {}),
    "JPEG in scans": ("RGB", (5_000, 5_000), "JPEG", {"progressive": True}),
    "WebP": ("RGB", (2_169, 2_169), "WEBP", {"method": 0}),
}


def main():
    """Write the files, have them asked about, print, judge."""
    options = _options()
    if options.ask:
        ask(options.ask[0], Path(options.ask[1]))
        return
    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    passed = [judged(part) for part in options.only]
    sys.exit(0 if all(passed) else 1)


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--ask", nargs=2, metavar=("PART", "FOLDER"), help="for the asking process")
    return parser.parse_args()


def judged(part: str) -> bool:
    """Have the files of a part asked about by a fresh process; print and judge what it found."""
    with tempfile.TemporaryDirectory() as folder:
        write = PARTS[part][0]
        write(Path(folder))
        done = subprocess.run(
            [sys.executable, str(HERE), "--ask", part, folder],
            env={**os.environ, "EXPLORER_CACHE": f"{folder}/cache"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"The asking process failed:\n{done.stderr[-2000:]}")
    return report(part, [json.loads(line) for line in done.stdout.splitlines()])


def write_networks(folder: Path):
    """Write the hostile files that claim to be networks."""
    from keras_corpus import FILES

    for name, (make, _) in FILES.items():
        make(folder / name.replace("/", "∕"))


def write_pictures(folder: Path):
    """Write the hostile pictures, and the largest ones that are accepted."""
    from image_corpus import HOSTILE
    from PIL import Image

    for name, (content, _) in HOSTILE.items():
        (folder / name).write_bytes(content)
    for name, (mode, size, kind, options) in LARGEST.items():
        Image.new(mode, size, 9).save(folder / f"{ACCEPTED}{name}", kind, **options)


def ask(part: str, folder: Path):
    """Be the server: ask about each file, and print what that took, a line of JSON each."""
    look = PARTS[part][1]()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        Path("/proc/self/clear_refs").write_text("5")  # sets the peak back
        before, start, spent, reason = _memory_mb("VmRSS"), time.perf_counter(), _processor(), None
        try:
            look(path)
        except ValueError as error:
            reason = str(error)
        seconds, grown = time.perf_counter() - start, _memory_mb("VmHWM") - before
        line = {"name": path.name, "reason": reason, "seconds": seconds, "grown": grown}
        print(json.dumps({**line, "processor": _processor() - spent}), flush=True)


def _processor() -> float:
    """Return the seconds of the processor, of this process and of those it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _memory_mb(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) * 1024 / 1e6


def network_look() -> Callable[[Path], None]:
    """Return what the page does with a file that claims to be a network."""
    from explorer.models import kept_files
    from explorer.models.checking import check_apart

    def look(path):
        with path.open("rb") as file:
            name = kept_files.keep(file)
        try:
            check_apart(kept_files.find(name))
        finally:
            kept_files.forget(name)

    return look


def picture_look() -> Callable[[Path], None]:
    """Return what the page does with a picture."""
    from explorer.data.decode import decode, preview

    def look(path):
        content = path.read_bytes()
        preview(content)
        decode(content, image_size=32, channels=3)

    return look


def report(part: str, found: list[dict]) -> bool:
    """Print the slowest and the largest, and judge."""
    accepted = [one for one in found if one["name"].startswith(ACCEPTED)]
    found = [one for one in found if one not in accepted]
    for one in accepted:
        reason = one["reason"] or ""
        print(f"{part}, {one['name']}: {one['seconds']:.2f} s, {one['grown']:.0f} MB {reason}")
    is_small = all(not one["reason"] and one["grown"] < MOST_GROWTH_MB for one in accepted)
    slowest, largest = (max(found, key=lambda one: one[key]) for key in ("seconds", "grown"))
    wrong = [one for one in found if not one["reason"] or "\n" in one["reason"]]
    for one in wrong:
        print(f"  NOT REFUSED in one line: {one['name']}: {one['reason']}")
    print(f"{part}: {len(found)} hostile files")
    busiest = max(found, key=lambda one: one["processor"])
    middle = statistics.median(one["seconds"] for one in found)
    print(f"  slowest {slowest['seconds']:.2f} s: {slowest['name']} ({slowest['reason']})")
    print(f"  median {middle:.2f} s; most of the processor {busiest['processor']:.2f} s: ", end="")
    print(busiest["name"])
    print(f"  largest growth {largest['grown']:.1f} MB: {largest['name']}")
    in_time = slowest["seconds"] < MOST_SECONDS
    holds = in_time and largest["grown"] < MOST_GROWTH_MB and is_small and not wrong
    print(
        "PASS" if holds else "FAIL",
        f"{part}: limits {MOST_SECONDS} s and {MOST_GROWTH_MB} MB",
        flush=True,
    )
    return holds


PARTS = {
    "networks": (write_networks, network_look),
    "pictures": (write_pictures, picture_look),
}


if __name__ == "__main__":
    main()
