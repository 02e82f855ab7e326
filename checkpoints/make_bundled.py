"""Make the bundled runs again: `python checkpoints/make_bundled.py [--photographs ZIP] [NAME...]`.

The same versions on the same kind of processor give the same runs, bit for bit. The photographs
are CIFAR-10: downloaded, or taken from a ZIP of class folders.
"""

import argparse
import dataclasses
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from explorer import runs
from explorer.inference.kept_images import LANDSCAPES
from explorer.inference.landscape import SIZES
from explorer.inference.retraced import legs
from explorer.runs import files
from explorer.runs.write import update_description
from explorer.training import jobs
from explorer.training.experiment import article_experiment
from explorer.training.spec import Recording, TrainingSpec

NOT_BUNDLED = (files.RESUME, files.LOG, files.LOCK, f"{files.RUN}.lock", files.STOP)
PAIR = ("characters-adequate", "characters-too-large")
CHARACTERS = TrainingSpec(
    name="Characters",
    data="bundled",
    image_size=32,
    epochs=15,
    recording=Recording(ratio=1.5, values_per_tensor=2304, checkpoints=7),
)
PHOTOGRAPHS = TrainingSpec(
    name="Photographs",
    data="cifar-10",
    image_size=32,
    validation_share=0.1,
    model="compact",
    filters=32,
    optimizer="adamw",
    learning_rate=0.005,
    schedule="cosine",
    epochs=24,
    batch_size=128,
    augment=True,
    augment_strength=0.3,
    recording=Recording(dense_steps=12, ratio=1.7, values_per_tensor=256, checkpoints=6),
)


def specs() -> dict[str, TrainingSpec]:
    """Return what is trained, by the name of the run's folder."""
    adequate, too_large = article_experiment(CHARACTERS)
    dense = dataclasses.replace(
        adequate,
        name="Characters, dense layers only",
        model="dense",
        filters=64,
        depth=2,
        recording=Recording(ratio=1.5, values_per_tensor=576, checkpoints=3),
    )
    return {
        "characters-adequate": adequate,
        "characters-too-large": too_large,
        "characters-dense": dense,
        "photographs": PHOTOGRAPHS,
    }


def make(name: str, spec: TrainingSpec, root: Path) -> None:
    """Train one run and put it in its place, without what only its own process needs."""
    run = jobs.submit(spec, root, nice=0)
    while run.is_live:
        time.sleep(2)
        run = runs.open_run(run.folder)
    if run.status != "finished":
        sys.exit(f"{name} is {run.status}. {run.detail}")
    accuracy = run.metrics().validation["accuracy"].iloc[-1]
    print(f"{name}: {accuracy:.1%} on validation images, {run.size_bytes() / 1e6:.1f} MB")
    install(run, HERE / name)


def install(run: runs.Run, folder: Path) -> None:
    """Copy a finished run among the bundled ones. Paths of the machine that made it stay out."""
    source = Path(run.spec["data"])
    public = source.name if source.is_absolute() else run.spec["data"]
    update_description(
        run.folder,
        id=folder.name,
        bundled=True,
        spec={**run.spec, "data": public},
        data={**run.data, "source": public},
    )
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns(*NOT_BUNDLED))


def measure_landscapes() -> None:
    """Measure the loss around the pair, so that the page Learning rate shows it at once."""
    from explorer.inference.surface import surface
    from explorer.inference.valley import valley

    folders = [HERE / name for name in PAIR]
    for folder in folders:
        shutil.rmtree(folder / LANDSCAPES, ignore_errors=True)
        steps = [leg.step for leg in legs(runs.open_run(folder))]
        valley(_quiet, run=str(folder), steps=steps)
    for size in SIZES[:3]:
        surface(_quiet, run_a=str(folders[0]), run_b=str(folders[1]), size=size)


def _quiet(share: float, words: str) -> None:
    """Tell nobody how far it is."""


def main() -> None:
    """Read the command line and make the runs asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*specs(), []], help="all by default")
    parser.add_argument("--photographs", help="a ZIP of CIFAR-10's class folders")
    parser.add_argument("--landscapes", action="store_true", help="only the losses around the pair")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        os.environ["EXPLORER_CHECKPOINTS"] = root
        for name in [] if arguments.landscapes else arguments.names or specs():
            spec = specs()[name]
            if name == "photographs" and arguments.photographs:
                spec = dataclasses.replace(spec, data=arguments.photographs)
            make(name, spec, Path(root))
    if arguments.landscapes or set(PAIR) & set(arguments.names or specs()):
        measure_landscapes()


if __name__ == "__main__":
    main()
