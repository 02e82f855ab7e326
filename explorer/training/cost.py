"""What a recording will cost, said before a training starts. Plain arithmetic, no TensorFlow."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.models.architectures import Network, design, layer_table
from explorer.runs.sketch import KNOTS, MOMENTS
from explorer.runs.tensors import plan
from explorer.training.schedule import checkpoint_steps, recorded_steps
from explorer.training.spec import Recording

FLOAT = 4
HEADER_BYTES = 2600  # names and offsets of a recorded step, as written by safetensors
VARIABLE_HEADER_BYTES = 100  # the same for each variable of a checkpoint
METRICS_BYTES = 155  # a line a weight update
# Fitted to `benchmarks/recording.py` on two cores of an AMD EPYC; a rough guide elsewhere.
SECONDS_TO_START = 0.3
SECONDS_PER_UPDATE = 0.0002  # recorded or not
SECONDS_PER_STEP = 0.001
SECONDS_PER_VALUE = 1.1e-8
# Updates and activations are sampled more thinly: what they say lies in their distribution.
THIN_SHARE = 8
# Of a layer with large outputs, those of fewer images are recorded, see `image_stride`.
MOST_SEEN_VALUES = 2**17
FEWEST_SEEN_IMAGES = 8


@dataclass(frozen=True)
class Cost:
    """What recording a training takes.

    Args:
        num_steps: Recorded steps.
        num_checkpoints: Steps at which all weights are kept.
        num_bytes: Size on disk.
        seconds: Added to the training; depends on the machine.
    """

    num_steps: int
    num_checkpoints: int
    num_bytes: int
    seconds: float


def estimate(network: Network, recording: Recording, num_steps: int) -> Cost:
    """Estimate what recording will cost.

    Args:
        network: What is trained.
        recording: How densely it is recorded.
        num_steps: Weight updates of the whole training.
    """
    steps = len(recorded_steps(num_steps, recording))
    checkpoints = len(checkpoint_steps(num_steps, recording))
    trainable, other = _variable_shapes(network)
    outputs = [
        (-(-shape[0] // image_stride(shape)), *shape[1:])
        for shape in _answer_shapes(network, recording.probe_images)
    ]
    kinds = _kinds(recording, trainable, other, outputs)
    values = sum(math.prod(shape) for shapes, _ in kinds for shape in shapes)
    answers = steps * FLOAT * recording.probe_images * network.num_classes
    return Cost(
        steps,
        checkpoints,
        recorded_bytes(recording, trainable, other, outputs, num_steps) + answers,
        SECONDS_TO_START
        + num_steps * SECONDS_PER_UPDATE
        + steps * (SECONDS_PER_STEP + values * SECONDS_PER_VALUE),
    )


def recorded_bytes(
    recording: Recording,
    trainable: Sequence[tuple[int, ...]],
    others: Sequence[tuple[int, ...]],
    outputs: Sequence[tuple[int, ...]],
    num_steps: int,
) -> int:
    """Estimate the size of a recording on the disk.

    Args:
        recording: How densely is recorded.
        trainable: Shapes of the weights that have gradients.
        others: Shapes of all other weights.
        outputs: Shapes of the recorded activations, the images first.
        num_steps: Weight updates of the whole training.
    """
    kinds = _kinds(recording, trainable, others, outputs)
    step_bytes = HEADER_BYTES + sum(_kind_bytes(shapes, most) for shapes, most in kinds)
    step_bytes += FLOAT * sum(shape[-1] for shape in outputs)
    weights = [*trainable, *others]
    checkpoint_bytes = sum(FLOAT * math.prod(shape) + VARIABLE_HEADER_BYTES for shape in weights)
    return (
        len(recorded_steps(num_steps, recording)) * step_bytes
        + len(checkpoint_steps(num_steps, recording)) * checkpoint_bytes
        + num_steps * METRICS_BYTES
    )


def thin(recording: Recording) -> int:
    """Return how many values of an update or an activation are kept."""
    return max(16, recording.values_per_tensor // THIN_SHARE)


def image_stride(shape: tuple[int, ...]) -> int:
    """Return every how-many-th image a layer's outputs are recorded of: 2 for every other one.

    The larger the outputs, the fewer the images, but never fewer than eight of those there are:
    a share found among 2**17 values is known to a third of the 0.4 % that a sketch keeps.

    Args:
        shape: Shape of the layer's outputs, `(images, ...)`.
    """
    needed = -(-math.prod(shape) // MOST_SEEN_VALUES)
    return max(1, min(needed, shape[0] // FEWEST_SEEN_IMAGES))


def _kinds(recording, trainable, others, outputs):
    """Return the tensors of a recorded step, kind by kind, and how much is kept of each."""
    return (
        ([*trainable, *others], recording.values_per_tensor),
        (trainable, recording.values_per_tensor),
        (trainable, thin(recording)),
        (outputs, thin(recording)),
    )


def _kind_bytes(shapes, most_values):
    infos = [plan(str(number), shape, most_values) for number, shape in enumerate(shapes)]
    thinned = sum(not info.is_whole for info in infos)
    moments = 8 * len(MOMENTS) * len(infos)
    return FLOAT * (sum(info.stored_size for info in infos) + KNOTS * thinned) + moments


def _variable_shapes(network):
    """Return the shapes of all weights: those that are trained, and the others."""
    trainable, other = [], []
    for layer, before in _layers_and_inputs(network):
        if layer.kind == "conv":
            filters, size = layer.options["filters"], layer.options["kernel_size"]
            trainable.append((size, size, before[-1], filters))
            trainable += [(filters,)] if layer.options["use_bias"] else []
        elif layer.kind == "dense":
            trainable += [(before[-1], layer.options["units"]), (layer.options["units"],)]
        elif layer.kind == "norm":
            trainable += [(before[-1],)] * 2
            other += [(before[-1],)] * 2
    return trainable, other


def _layers_and_inputs(network) -> Iterator:
    shape = (network.image_size, network.image_size, network.channels)
    for layer, row in zip(design(network), layer_table(network), strict=True):
        yield layer, shape
        shape = row["output_shape"]


def _answer_shapes(network, num_images):
    """Return the shapes of the recorded activations; the recorder chooses by the same rule."""
    rows = zip(design(network), layer_table(network), strict=True)
    return [
        (num_images, *row["output_shape"])
        for layer, row in rows
        if layer.kind == "relu" or layer.options.get("activation") or layer.name == "logits"
    ]
