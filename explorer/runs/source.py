"""What a run was made from, when it was not recorded: what that lacks, in words for people."""

from explorer.runs.read import Run

TENSORBOARD, WEIGHTS = "tensorboard", "checkpoints"
UPDATES, EPOCHS, AS_LOGGED, AS_NAMED = "updates", "epochs", "as logged", "as named"
NOT_NAMED = "not named"
IMPORTED = "imported"  # the status of such a run

LACKS = {
    TENSORBOARD: {
        "values": "TensorBoard logs keep no single weights, only histograms of them.",
        "counts": "TensorBoard logs do not count zeros, NaN or infinite values.",
        "weights": "This TensorBoard log has no histograms of weights.",
        "gradients": "This TensorBoard log has no histograms of gradients.",
        "updates": "This TensorBoard log has no histograms of updates.",
        "activations": "This TensorBoard log has no histograms of activations.",
        "answers": "TensorBoard logs keep no answers to images.",
        "loss": "This TensorBoard log has no loss of the training.",
        "validation": "This TensorBoard log has no loss or accuracy on other images.",
        "checkpoints": "TensorBoard logs keep no weights to build a network from.",
        "images": "TensorBoard logs do not tell which images were learned from.",
    },
    WEIGHTS: {
        "gradients": "Saved checkpoints hold no gradients.",
        "updates": "Saved checkpoints hold no single updates.",
        "activations": "Saved checkpoints hold no activations.",
        "answers": "Saved checkpoints hold no answers to images.",
        "loss": "Saved checkpoints hold no loss and no accuracy of the training.",
        "validation": "Saved checkpoints hold no loss or accuracy on other images.",
        "network": "The files hold weights alone, and no network to put them into.",
        "images": "Saved checkpoints do not tell which images were learned from.",
    },
}
STEP_WORDS = {
    EPOCHS: "A step here is an epoch: how many updates it had is not known.",
    AS_LOGGED: "Steps are those of the log, which does not say whether it counts updates or "
    "epochs.",
    AS_NAMED: "Steps are the numbers in the names of the files, which do not say what they count.",
    NOT_NAMED: "The name of the file tells no step: how long it was trained is not known. It "
    "stands at 1, which counts nothing.",
}


def why_no(run: Run, what: str) -> str:
    """Say why an imported run lacks something, in a sentence; nothing if it does not lack it.

    Args:
        run: Any run.
        what: A key of `LACKS[kind]`, such as `"gradients"`.
    """
    sentences = LACKS.get(run.source.get("kind"), {})
    return sentences.get(what, "") if what in (run.source.get("lacks") or []) else ""


def lacking_words(run: Run) -> list[str]:
    """Say all that an imported run lacks, a sentence each."""
    return [words for what in run.source.get("lacks") or [] if (words := why_no(run, what))]


def step_words(run: Run) -> str:
    """Say what a step of an imported run is, where it may not be an update."""
    return STEP_WORDS.get(run.source.get("step_unit"), "")


def counts_updates(run: Run) -> bool:
    """Say whether the steps of a run count weight updates."""
    return run.source.get("step_unit") in (None, UPDATES)
