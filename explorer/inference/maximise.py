"""What a part of a network looks for: pictures that excite it as much as can be. Loads TensorFlow.

Activation maximisation (Erhan, Bengio, Courville and Vincent, "Visualizing higher-layer features
of a deep network", 2009) with and without what keeps the picture from turning into noise, see
`picture_forms`.
"""

from collections.abc import Sequence
from functools import lru_cache

import keras
import numpy as np

from explorer.inference import kept_images
from explorer.inference.climbing import CHANNEL, UNIT, Climb, Climbed, Tell
from explorer.inference.opened import Opened, open_source
from explorer.inference.picture_forms import PLAIN, REGULARISED, Form, colour_directions

WAYS = (REGULARISED, PLAIN)
PARTS = (CHANNEL, UNIT)
MOST_STEPS, FEWEST_STEPS = 256, 64
COST = 256 * 50e6  # multiplications with weights spent on one picture: some seconds on a laptop


def maximise(
    progress: Tell,
    *,
    network: dict,
    layer: str,
    channels: Sequence[int],
    steps: Sequence[int] | None = None,
    ways: Sequence[str] = WAYS,
    part: str = CHANNEL,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Make pictures that excite channels of a layer, units, or classes (the layer `logits`).

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.
        layer: Name of the layer.
        channels: Which of its channels.
        steps: Checkpoints of the run to look into; only that of the source by default.
        ways: `"regularised"`, `"plain"`, or both.
        part: `"channel"` for the mean over the whole feature map, `"unit"` for its middle.
        seed: Decides how pictures begin.

    Returns:
        For each way, `<way>_pictures` (checkpoints, channels, height, width, 1 or 3) uint8, and
        (checkpoints, channels) `<way>_activations` and `<way>_dead`; `num_steps`, how often each
        picture was changed.

    Raises:
        RunError: The run or a checkpoint cannot be used.
        ValueError: There is no such layer, channel, way or part, or the weights are not numbers.
    """
    _check_choice("ways", ways, WAYS)
    _check_choice("part", [part], PARTS)
    sources = [network] if steps is None else [{**network, "step": step} for step in steps]
    found = {way: [] for way in ways}
    for number, source in enumerate(sources):
        progress(number / len(sources), "Opening the network")
        opened = open_source(source)
        model = layer_model(opened, layer, channels)
        words = f" for checkpoint {number + 1} of {len(sources)}" if steps is not None else ""
        for place, way in enumerate(ways):
            tell = _part_of(progress, number * len(ways) + place, len(sources) * len(ways), words)
            climb = Climb(model, _form(opened, way), part, num_steps(model), seed)
            found[way].append(_kept_or_made(opened, climb, channels, tell))
    arrays = {}
    for way, climbed in found.items():
        for name in ("pictures", "activations", "dead"):
            arrays[f"{way}_{name}"] = np.stack([getattr(one, name) for one in climbed])
    return {**arrays, "num_steps": np.array(num_steps(model))}


def layer_model(opened: Opened, layer: str, channels: Sequence[int]) -> keras.Model:
    """Return the network up to a layer; one model for all checkpoints of a run.

    Raises:
        ValueError: There is no such layer or channel.
    """
    if layer not in opened.layers:
        raise ValueError(
            f"The network {opened.name!r} has no layer {layer!r}. It has: "
            f"{', '.join(opened.layers)}."
        )
    most = opened.layers[layer].output.shape[-1]
    wrong = [channel for channel in channels if not 0 <= channel < most]
    if wrong or not len(channels):
        raise ValueError(
            f"channels is {list(channels)}; the layer {layer!r} has the channels 0 to {most - 1}. "
            "Choose at least one of them."
        )
    return _up_to(opened.model, layer)


@lru_cache(maxsize=8)
def _up_to(model, layer):
    """Keep the model up to a layer, because compiling what is done with it takes a second."""
    return keras.Model(model.inputs[0], model.get_layer(layer).output)


def num_steps(model: keras.Model) -> int:
    """Return how often a picture is changed, so that it takes seconds for large networks too."""
    return int(np.clip(COST / max(cost(model), 1), FEWEST_STEPS, MOST_STEPS))


def cost(model: keras.Model) -> int:
    """Return how many multiplications with weights one image takes."""
    return sum(
        int(np.prod(layer.output.shape[1:-1], dtype=np.int64)) * int(np.prod(weights.shape))
        for layer in model.layers
        for weights in layer.weights
        if len(weights.shape) > 1
    )


def _form(opened, way) -> Form:
    is_coloured = opened.channels == 3
    probe = opened.run.probe() if is_coloured and opened.run is not None else None
    colours = colour_directions(probe[0] if probe else None) if is_coloured else ()
    return Form(way, opened.image_size, opened.channels, colours)


def _kept_or_made(opened: Opened, climb: Climb, channels, tell: Tell) -> Climbed:
    """Read the pictures that were made before, make the others at once, and keep them."""
    folder = None if opened.run is None else opened.run.folder
    weights = weights_digest(climb.model)
    keys = {channel: _key(climb, weights, channel) for channel in channels}
    found = {channel: kept_images.look_up(folder, key) for channel, key in keys.items()}
    missing = [channel for channel in keys if found[channel] is None]
    if missing:
        made = climb.run(missing, tell)
        for place, channel in enumerate(missing):
            found[channel] = {name: values[place] for name, values in vars(made).items()}
            kept_images.keep(folder, keys[channel], found[channel])
    return Climbed(
        **{
            name: np.stack([found[channel][name] for channel in channels])
            for name in ("pictures", "activations", "dead")
        }
    )


def _key(climb: Climb, weights, channel) -> str:
    """Name a picture after everything it depends on."""
    return kept_images.key_of(
        kind="maximise",
        weights=weights,
        form=vars(climb.form),
        part=climb.part,
        channel=int(channel),
        num_steps=climb.num_steps,
        seed=climb.seed,
    )


def weights_digest(model: keras.Model) -> str:
    """Return a name for what a model computes: its layers and their weights."""
    arrays = {}
    for layer in model.layers:
        activation = getattr(getattr(layer, "activation", None), "__name__", "none")
        about = f"{layer.name} {type(layer).__name__} {activation} {layer.output.shape}"
        arrays[about] = np.zeros(0)
        arrays |= {f"{about} {k}": np.asarray(values) for k, values in enumerate(layer.weights)}
    return kept_images.digest(arrays)


def _part_of(tell: Tell, number, total, words) -> Tell:
    """Let one of several equal pieces of work tell its own share of the whole."""
    return lambda share, what: tell((number + share) / total, what + words)


def _check_choice(name, chosen, known):
    wrong = [one for one in chosen if one not in known]
    if wrong or not len(chosen):
        raise ValueError(f"{name} is {list(chosen)}; it must be among {', '.join(known)}.")


def layers_to_look_into(progress: Tell, *, network: dict) -> dict[str, np.ndarray]:
    """Name the layers of a network that comes from no run, for those who load no TensorFlow.

    Args:
        progress: Called with the share done and words.
        network: A source, see `opened`.

    Returns:
        `names`, in the order of an image; `channels`, how many each has; `has_places`, whether
        its outputs are maps; `are_scores`, whether they are those of the classes. (layers,)
    """
    progress(0.0, "Opening the network")
    opened = open_source(network)
    outputs = {name: layer.output for name, layer in opened.layers.items()}
    scores = opened.model.outputs[0]
    return {
        "names": np.array(list(outputs)),
        "channels": np.array([output.shape[-1] for output in outputs.values()]),
        "has_places": np.array([len(output.shape) == 4 for output in outputs.values()]),
        "are_scores": np.array([output is scores for output in outputs.values()]),
    }
