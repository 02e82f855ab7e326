"""What there is to say about a run in the shell, as plain values."""

from explorer import runs
from explorer.cli_output import Scalars
from explorer.runs import files


def summary(run: runs.Run) -> dict:
    """Return the state of a run; reads the end of its metrics only.

    An imported run is complete, at the last step of what it was made from.
    """
    scalars = Scalars(run.folder / files.METRICS, from_the_end=True)
    scalars.update()
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "detail": run.detail,
        "folder": str(run.folder),
        "created": run.description.get("created"),
        "step": run.planned_steps if run.source else scalars.step,
        "planned_steps": run.planned_steps,
        "loss": scalars.train.get("loss"),
        "accuracy": scalars.train.get("accuracy"),
        "validation_loss": scalars.validation.get("val_loss"),
        "validation_accuracy": scalars.validation.get("val_accuracy"),
    }


def details(run: runs.Run) -> dict:
    """Return what `show` tells beside the summary."""
    recording = {key: value for key, value in run.recording.items() if key != "tensors"}
    return {
        "training": run.spec,
        "data": run.data,
        "parameters": run.network.get("parameters"),
        "recorded_steps": run.steps.tolist(),
        "damaged_steps": list(run.damaged),
        "checkpoints": run.checkpoints.tolist(),
        "recording": recording,
        "environment": run.description.get("environment"),
        "source": run.source,
        "resumed": run.description.get("resumed", []),
        "size_bytes": run.size_bytes(),
    }


def in_words(value) -> str:
    """Return a value of `summary` or `details` as people read it; none is empty text."""
    if value is None:
        return ""
    if isinstance(value, dict):
        known = {key: in_words(part) for key, part in value.items()}
        return ", ".join(f"{key} {words}" for key, words in known.items() if words)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
