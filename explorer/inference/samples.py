"""The images of a run, where they are still prepared in the cache. No TensorFlow."""

from explorer import data, runs
from explorer.training.spec import TrainingSpec


def prepared_images(run: runs.Run) -> tuple[data.ImageSet, data.Split] | None:
    """Open the images a run was trained on and its split; `None` when they are not at hand.

    Args:
        run: A run trained by the explorer.
    """
    try:
        images = data.open_prepared(str(run.data.get("key")))
        spec = TrainingSpec.from_dict(run.spec)
        if images.fingerprint != run.data.get("fingerprint"):
            return None
        if len(images.class_names) != len(run.class_names):
            return None
        return images, images.split(validation_share=spec.validation_share, seed=spec.seed)
    except (LookupError, ValueError):
        return None
