"""Range tests that were made before: in the folder of their run, or in the cache. No TensorFlow."""

from pathlib import Path

from explorer import runs
from explorer.analysis import range_test
from explorer.analysis.range_test import RangeTest
from explorer.inference import kept_images
from explorer.training.networks import check_prepared
from explorer.training.spec import TrainingSpec

FOLDER = "range_tests"  # in the run folder, or in the cache
# The rate and all that comes after a few steps make no difference to a range test.
WITHOUT_EFFECT = ("name", "data", "learning_rate", "schedule", "epochs", "recording")
METHOD = (
    range_test.LOWEST,
    range_test.HIGHEST,
    range_test.NUM_STEPS,
    range_test.NUM_SEEDS,
    range_test.SMOOTHING,
    range_test.DIVERGED,
)


def key_of(spec: TrainingSpec, fingerprint: str) -> str:
    """Return the name a range test is kept under: it changes with all that it depends on.

    Args:
        spec: The training.
        fingerprint: Of its images.
    """
    settings = {key: value for key, value in spec.to_dict().items() if key not in WITHOUT_EFFECT}
    if not spec.augment:
        settings.pop("augment_strength")
    return kept_images.key_of(
        kind="range_test", settings=settings, images=fingerprint, method=METHOD
    )


def look_up(folder: Path | None, key: str) -> RangeTest | None:
    """Return a range test that was made before; `None` if there is none, or a damaged one.

    Args:
        folder: Of the run, if the training is that of a run.
        key: From `key_of`.
    """
    arrays = kept_images.look_up(folder, key, FOLDER)
    try:
        return None if arrays is None else RangeTest(**arrays)
    except (TypeError, ValueError):
        return None  # another version wrote it: it is made again and replaced


def keep(folder: Path | None, key: str, found: RangeTest) -> None:
    """Keep a range test for the next time."""
    kept_images.keep(folder, key, found.to_arrays(), FOLDER)


def of_run(run: runs.Run) -> RangeTest | None:
    """Return the range test of a run, if it was made before.

    Raises:
        RunError: The run was recorded by a script of its own: it cannot be tested.
    """
    check_prepared(run)
    return look_up(run.folder, key_of(TrainingSpec.from_dict(run.spec), run.data["fingerprint"]))
