"""What recording a large network costs: ResNet50, 1,000 steps, with the recorder and without.

Claims: `fit` of ResNet50 (25.6 million parameters, 320 tensors) takes at most 1.10 times as long
with a recorder that is told nothing but the folder and the images of its probe, and its run takes
at most 500 MB. Both trainings are made whole, in processes that take turns of 50 steps; waiting
for a turn does not count, what the recorder still writes at the end of one does. The images are
small (64 x 64, 16 at a time): a step of real images takes longer, and recording takes the same.

The peer is Keras' own `TensorBoard(histogram_freq=1)` with as many epochs as the recorder records
steps, each of one step: it writes histograms of the weights, and nothing of gradients, updates or
activations. Its times are those of its `on_epoch_end`.

Prints the figures; exits with 1 when a claim does not hold.

    python benchmarks/recording_large.py [--steps 1000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from explorer import runs
from explorer.training.processes import FAST

MOST_FIT_RATIO = 1.10
MOST_BYTES = 500_000_000
PIXELS, BATCH, CLASSES = 64, 16, 10
TURN = 50
PEER_TURN = 1_000_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--child", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return train(*arguments.child, arguments.steps)
    with tempfile.TemporaryDirectory() as folder:
        children = {
            kind: start(kind, Path(folder) / kind, arguments.steps)
            for kind in ("plain", "recorded")
        }
        seconds = take_turns(children)
        run = runs.open_run(Path(folder) / "recorded")
        print(
            f"{arguments.steps} steps, {PIXELS} x {PIXELS} pixels, {BATCH} images a step, ", end=""
        )
        print(
            f"{os.cpu_count()} cores; run: {run.status}, {len(run.steps)} recorded steps, ", end=""
        )
        print(f"checkpoints at {run.checkpoints.tolist()}; thinned: {run.recording['thinned']}")
        peer = start("tensorboard", Path(folder) / "tensorboard", len(run.steps))
        (peer_seconds,) = take_turns({"tensorboard": peer}).values()
        peer_bytes = size_of(Path(folder) / "tensorboard")
        return report(run, seconds, peer_seconds, peer_bytes)


def report(run, seconds, peer_seconds, peer_bytes):
    ratio, num_bytes = seconds["recorded"] / seconds["plain"], run.size_bytes()
    more = seconds["recorded"] - seconds["plain"]
    print(
        f"fit {seconds['plain']:.1f} s, with recorder {seconds['recorded']:.1f} s: "
        f"ratio {ratio:.3f} (limit {MOST_FIT_RATIO}), {1e3 * more / len(run.steps):.0f} ms a "
        f"recorded step; run of {num_bytes / 1e6:.0f} MB (limit {MOST_BYTES / 1e6:.0f}), "
        f"of which checkpoints {size_of(run.folder / 'weights') / 1e6:.0f} MB"
    )
    print(
        f"TensorBoard callback, weights alone, {len(run.steps)} steps: {peer_seconds:.1f} s, "
        f"{1e3 * peer_seconds / len(run.steps):.0f} ms a step; {peer_bytes / 1e6:.1f} MB"
    )
    holds = ratio <= MOST_FIT_RATIO and num_bytes <= MOST_BYTES
    print("PASS" if holds else "FAIL")
    return 0 if holds else 1


def start(kind, folder, steps):
    """Start a training that waits for its turn."""
    return subprocess.Popen(
        [sys.executable, __file__, "--steps", str(steps), "--child", kind, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**FAST, "TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
    )


def take_turns(children):
    """Let the trainings go on one after the other; return the seconds each has taken."""
    for child in children.values():
        child.stdout.readline()  # it is ready
    seconds, left, turn = dict.fromkeys(children, 0.0), list(children), 0
    while left:
        order = left if turn % 2 else left[::-1]
        for kind in list(order):
            told = next_turn(children[kind])
            seconds[kind] += told["seconds"]
            if told["is_done"]:
                left.remove(kind)
        turn += 1
        print(
            f"turn {turn}: {json.dumps({k: round(v, 1) for k, v in seconds.items()})}", flush=True
        )
    return seconds


def next_turn(child):
    child.stdin.write("go\n")
    child.stdin.flush()
    line = child.stdout.readline()
    if not line:
        raise RuntimeError(f"A training has ended early, with status {child.wait()}.")
    return json.loads(line)


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def train(kind, folder, steps):
    """Train, in turns; a process of its own."""
    import keras
    import numpy as np

    from explorer import Recorder

    rng = np.random.default_rng(0)
    images = rng.normal(size=(BATCH * TURN, PIXELS, PIXELS, 3)).astype(np.float32)
    labels = rng.integers(0, CLASSES, len(images))
    keras.utils.set_random_seed(0)
    model = keras.applications.ResNet50(weights=None, input_shape=images.shape[1:], classes=CLASSES)
    model.compile(
        keras.optimizers.SGD(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )

    class Turns(keras.callbacks.Callback):
        def __init__(self, settle):
            super().__init__()
            self._settle, self.step = settle, 0

        def on_train_batch_end(self, batch, logs=None):
            self.step += 1
            if self.step % TURN == 0 and self.step < steps:
                self._settle()
                self.end_turn()

        def end_turn(self):
            self.tell(is_done=False)
            self.wait()

        def tell(self, is_done):
            seconds = time.perf_counter() - self._begun
            print(json.dumps({"seconds": seconds, "is_done": is_done}), flush=True)

        def wait(self):
            sys.stdin.readline()
            self._begun = time.perf_counter()

    class TimedTensorBoard(keras.callbacks.TensorBoard):
        seconds = 0.0

        def on_epoch_end(self, epoch, logs=None):
            begun = time.perf_counter()
            super().on_epoch_end(epoch, logs)
            type(self).seconds += time.perf_counter() - begun

    print("ready", flush=True)
    if kind == "tensorboard":
        sys.stdin.readline()
        peer = TimedTensorBoard(folder, histogram_freq=1, write_graph=False)
        model.fit(
            images[:BATCH], labels[:BATCH], batch_size=BATCH, epochs=steps, verbose=0,
            callbacks=[peer],
        )  # fmt: skip
        print(json.dumps({"seconds": peer.seconds, "is_done": True}), flush=True)
        return 0
    recorder = Recorder(folder, probe=(images, labels)) if kind == "recorded" else None
    turns = Turns(recorder.settle if recorder else lambda: None)
    turns.wait()
    model.fit(
        images, labels, batch_size=BATCH, epochs=steps // TURN, verbose=0,
        callbacks=[*([recorder] if recorder else []), turns],
    )  # fmt: skip
    turns.tell(is_done=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
