"""A network to look into, whatever it comes from. Loads TensorFlow.

What is asked about a network names it by a *source*, plain values:

- `{"run": FOLDER, "step": N}`: a run of the explorer, at a checkpoint;
- `{"application": NAME, "weights": FILE}`: a network trained on ImageNet; `FILE` names weights
  that a visitor gave, and `None` means those that Keras publishes;
- `{"file": FILE, "image_size": N, "values": V, "class_names": NAMES}`: a visitor's own network;
  all but the first may be missing or `None`.

A network is opened once and kept for the questions that follow.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import keras
import numpy as np

from explorer import runs
from explorer.inference import applications, own_file
from explorer.inference.given import look_up
from explorer.inference.network import BATCH, load_checkpoint, open_network
from explorer.inference.tracing_back import WITHOUT_VALUES
from explorer.training.networks import chosen_step

MOST_OPEN = 3
Tell = Callable[[float, str], None]
_open: OrderedDict[str, "Opened"] = OrderedDict()


@dataclass(frozen=True)
class Opened:
    """A network to look into.

    Args:
        name: For people.
        model: A functional model from images with values 0 to 255 to logits.
        class_names: Names of the classes, in the order of the logits.
        image_size: Width and height of the images, in pixels.
        channels: 1 for grey images, 3 for colour.
        fit: How images of another shape are fitted, `"crop"` or `"pad"`.
        run: Where the network comes from, if it is a run of the explorer.
        about: Else what is known about it: `note` in words; for an own file `any_size`, `values`.
    """

    name: str
    model: keras.Model
    class_names: tuple[str, ...]
    image_size: int
    channels: int
    fit: str
    run: runs.Run | None = None
    about: dict = field(default_factory=dict)

    @cached_property
    def layers(self) -> dict[str, keras.layers.Layer]:
        """The layers that compute something worth looking at, by name, in the order of images."""
        return {
            layer.name: layer
            for layer in self.model.layers
            if type(layer).__name__ not in WITHOUT_VALUES
        }

    def parts(self, names: Sequence[str]) -> keras.Model:
        """Return a model from images to the outputs of these layers, and the logits last.

        Raises:
            ValueError: There is no such layer.
        """
        unknown = [name for name in names if name not in self.layers]
        if unknown:
            raise ValueError(
                f"The network {self.name!r} has no layer {unknown[0]!r}. It has: "
                f"{', '.join(self.layers)}."
            )
        outputs = [self.layers[name].output for name in names]
        return keras.Model(self.model.inputs, [*outputs, self.model.outputs[0]])

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return the network's scores. (images, height, width, channels) -> (images, classes)."""
        floats = np.asarray(images, np.float32)
        starts = range(0, len(floats), BATCH)
        answers = [self.model(floats[start : start + BATCH], training=False) for start in starts]
        return np.concatenate([np.asarray(answer) for answer in answers])

    def look_up(self, images: Sequence[str]) -> np.ndarray:
        """Return images that were given, as the network gets them.

        Args:
            images: Names from `given.keep`.

        Returns:
            Pixels, 0 to 255. (images, height, width, channels) float32

        Raises:
            ValueError: One is gone, or was prepared for another network.
        """
        expected = (self.image_size, self.image_size, self.channels)
        pixels = [look_up(name) for name in images]
        for one in pixels:
            if one.shape != expected:
                raise ValueError(
                    f"An image has the shape {one.shape}; the network {self.name!r} needs "
                    f"{expected}. Give it again."
                )
        return np.stack(pixels).astype(np.float32)


def _quiet(share: float, words: str) -> None:
    """Tell nobody."""


def open_source(source: dict, *, tell: Tell = _quiet) -> Opened:
    """Open a network, or return it if it is open.

    Args:
        source: See the module.
        tell: Called with the share done and words; what is not on this machine yet takes a while.

    Raises:
        RunError: The run or its checkpoint cannot be used.
        ValueError: The network cannot be opened, or the source is of no kind that is known.
    """
    if "run" in source:
        return _of_run(source["run"], source.get("step"))
    if "application" in source:
        return _once(source, lambda: _of_application(source, tell))
    if "file" in source:
        return _once(source, lambda: _of_file(source, tell))
    raise ValueError(f"A network cannot be opened from {sorted(source)}. Choose a run.")


def _once(source, open_it):
    key = json.dumps(source, sort_keys=True)
    return _kept(key, _open[key] if key in _open else open_it())


def _of_application(source, tell) -> Opened:
    name = source["application"]
    model, names, note = applications.open_application(name, source.get("weights"), tell=tell)
    return Opened(
        name=name,
        model=model,
        class_names=names,
        image_size=model.inputs[0].shape[1],
        channels=model.inputs[0].shape[3],
        fit="crop",
        about={"note": note},
    )


def _of_file(source, tell) -> Opened:
    model, about = own_file.open_file(
        source["file"],
        image_size=source.get("image_size"),
        values=source.get("values"),
        tell=tell,
    )
    return Opened(
        name="Own file",
        model=model,
        class_names=own_file.class_names(source.get("class_names"), model.outputs[0].shape[1]),
        image_size=about["image_size"],
        channels=about["channels"],
        fit="crop",
        about=about,
    )


def _of_run(folder, step) -> Opened:
    run = runs.open_run(folder)
    step = chosen_step(run, step)
    key = f"run {run.folder} {run.description.get('created')}"
    if key in _open:
        load_checkpoint(_open[key].model, run, step)
        return _kept(key, replace(_open[key], run=run))
    trained = open_network(run, step)
    return _kept(
        key,
        Opened(
            name=run.name,
            model=trained.model,
            class_names=tuple(run.class_names),
            image_size=run.data["image_size"],
            channels=run.data["channels"],
            fit=run.data["fit"],
            run=run,
        ),
    )


def _kept(key, opened):
    """Keep a network open, instead of the one that was asked for longest ago."""
    _open[key] = opened
    _open.move_to_end(key)
    while len(_open) > MOST_OPEN:
        _open.popitem(last=False)
    return opened
