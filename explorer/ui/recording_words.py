"""What was recorded of a run, and what was not, in words."""

from explorer import runs
from explorer.analysis.measuring import steps_together
from explorer.ui import text
from explorer.ui.run_facts import estimated_cost

THINNED = {
    "probe_images": "images for activations",
    "values_per_tensor": "values of a large tensor",
    "checkpoints": "checkpoints",
    "dense_steps": "steps without a gap",
    "ratio": "as ratio of later steps",
}
MOST_NAMED = 3


def recording_words(run: runs.Run) -> str:
    """Say what was recorded, what that took, and what had been estimated."""
    num_bytes, seconds = run.recording.get("bytes"), run.recording.get("seconds")
    words = f"{'Read' if run.source else 'Recorded'}: {text.count(len(run.steps), 'step')}"
    if num_bytes is not None and seconds is not None:
        words += f", {text.size(num_bytes)} in {text.duration(seconds)}"
    cost = estimated_cost(run)
    if cost is not None and run.status == "finished":
        words += f" (estimated: {text.size(cost.num_bytes)}, {text.duration(cost.seconds)})"
    if run.damaged:
        words += f"; {text.count(len(run.damaged), 'damaged step')} left out"
    parts = [
        words + ".",
        _thinned_words(run.recording.get("thinned")),
        _together_words(run),
        _left_out_words(run.recording.get("left_out")),
        _accuracy_words(run.recording.get("accuracy")),
    ]
    return " ".join(part for part in parts if part)


def _thinned_words(thinned) -> str:
    """Say what a recorder kept less of, so that a large network's recording stays small."""
    kept = [
        f"{name} {pair[1]:,} (usually {pair[0]:,})"
        for setting, name in THINNED.items()
        if isinstance(thinned, dict) and _are_two_numbers(pair := thinned.get(setting))
    ]
    return f"To stay small, less was kept than usual: {', '.join(kept)}." if kept else ""


def _are_two_numbers(pair) -> bool:
    is_pair = isinstance(pair, list) and len(pair) == 2
    return is_pair and all(type(number) in (int, float) for number in pair)


def _together_words(run) -> str:
    """Say what is lost where Keras makes several steps before it calls anybody back."""
    count = steps_together(run)
    if count == 1:
        return ""
    return (
        f"Keras made {count:,} steps at a time: of these the first is recorded, and its update is "
        "the change that all of them made. Loss, accuracy and gradient norm are those of each step."
    )


def _left_out_words(left_out) -> str:
    """Name the tensors whose gradients came too late, when layers were unfrozen on the way."""
    names = left_out.get("gradients") if isinstance(left_out, dict) else None
    names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return (
        f"Gradients and updates of {text.plain(', '.join(names[:MOST_NAMED]))}{more} are missing: "
        "these were frozen when the recording began. A recorder for each part of the training "
        "records them."
    )


def _accuracy_words(name) -> str:
    """Say which of several metrics is shown as the accuracy, unless its name says no more."""
    if not isinstance(name, str) or name in ("accuracy", "acc"):
        return ""
    return f"The accuracy is the metric {text.plain(name)}."
