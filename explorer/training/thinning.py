"""Keeping the recording of a large network small: what is recorded less of, and in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from explorer.training.cost import recorded_bytes
from explorer.training.spec import Recording

MOST_BYTES = 500_000_000
SHARE_OF_WEIGHTS = 0.94  # the rest is for activations: nobody knows their shapes before the first
UNKNOWN_STEPS = 100_000  # of a training whose length nobody knows


def thinned(
    recording: Recording,
    trainable: Sequence[tuple[int, ...]],
    others: Sequence[tuple[int, ...]],
    num_steps: int | None,
    most_bytes: int,
) -> Recording:
    """Return the densest of ever thinner recordings that stays below a size.

    First the answers to fewer images are recorded, for a large network takes long to answer, and
    fewer values of large tensors are kept; then fewer checkpoints, then fewer steps. What lies in
    the distribution of a tensor is never lost. The thinnest is returned even when it is
    still too large.

    Args:
        recording: What is recorded where nothing has to be saved.
        trainable: Shapes of the weights that have gradients.
        others: Shapes of all other weights.
        num_steps: Weight updates of the whole training, or `None` when nobody knows.
        most_bytes: On the disk, all in all.
    """
    for thinner in _ever_thinner(recording):
        size = recorded_bytes(thinner, trainable, others, (), num_steps or UNKNOWN_STEPS)
        if size <= SHARE_OF_WEIGHTS * most_bytes:
            break
    return thinner


def what_was_thinned(wanted: Recording, given: Recording) -> dict[str, list]:
    """Return what a recording has less of than was wanted: by name, both numbers."""
    before, after = asdict(wanted), asdict(given)
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}


def _ever_thinner(recording) -> Iterator[Recording]:
    yield recording
    for name, value in _steps_down(recording):
        recording = replace(recording, **{name: value})
        yield recording


def _steps_down(recording):
    def below(name, values):
        return [(name, value) for value in values if value < getattr(recording, name)]

    yield from below("probe_images", (8,))
    yield from below("values_per_tensor", (4096, 2048, 1024))
    yield from below("checkpoints", range(recording.checkpoints - 1, 1, -1))
    yield from (("ratio", ratio) for ratio in (1.5, 2.0) if ratio > recording.ratio)
    yield from below("dense_steps", (16, 8, 4))
    yield from below("values_per_tensor", (256, 64, 16))
