"""The way of an image through a network, layer by layer, from its configuration alone.

Keras builds a network within a network for the images that the inner one says it takes, and then
sends through it what it is really given; where the two differ, both ways are followed.
"""

from math import prod
from typing import Protocol

from explorer.models import allowed
from explorer.models.connections import Use, ends, in_order, is_plain, uses
from explorer.models.costs import num_parameters, num_passing, num_products
from explorer.models.lengths import Shape, Untold
from explorer.models.operations import OF_TWO, operation_shape
from explorer.models.refusals import Refused, called, explained
from explorer.models.settings import check_settings
from explorer.models.shapes import MERGING, output_shape

USUAL_SIZE = 128  # for networks that take images of any size
OPERATIONS = ("keras.src.ops", "keras.src.activations")
LAYOUT = ("layers", "input_layers", "output_layers", "build_input_shape")
INPUT_SETTINGS = {"batch_shape", "dtype", "name", "optional", "ragged", "sparse"}
ALONE = Use((("", 0, 0),))  # of a layer in a chain: it takes one array, that of the layer before
Lengths = tuple[int | None, ...]  # `None` for any


class Sum(Protocol):
    """What the layers that were followed take."""

    parameters: int

    def step(self) -> None:
        """Count a layer or a network on the way."""

    def add(self, *, values: int = 0, passing: int = 0, products: int = 0, kept: int = 0) -> None:
        """Count what a layer puts out, needs for a moment, multiplies, and keeps."""


def follow(model: dict, given: list[Shape] | None, total: Sum) -> list[Shape]:
    """Follow shapes through a network; return those of what it puts out.

    Args:
        model: Its configuration.
        given: Shapes of what it takes; `None` for those that it says it takes.
        total: What its layers take is added to it.

    Raises:
        Refused: It cannot be told; names the layer.
    """
    config = model["config"]
    explained(model, check_settings, {key: config[key] for key in config if key not in LAYOUT})
    through = _through_chain if _is_chain(model) else _through_graph
    says = declared(model)
    if given is None:
        return through(model, says and list(map(filled, says)), total)
    if says is None or explained(model, _fit, given, says):
        return through(model, given, total)
    through(model, list(map(filled, says)), total)
    kept = total.parameters
    made = through(model, given, total)
    total.parameters = kept
    return made


def declared(model: dict) -> list[Lengths] | None:
    """Return what a network says it takes; `None` where it does not say it."""
    return _declared_of_chain(model) if _is_chain(model) else _declared_of_graph(model)


def filled(lengths: Lengths, length: int = USUAL_SIZE) -> Shape:
    """Put a length, by default the usual one, where any will do."""
    return tuple(length if one is None else one for one in lengths)


def _is_chain(model):
    return model["class_name"] == "Sequential"


def _through_chain(model, given, total):
    entries = model["config"]["layers"]
    for entry in entries[entries[0]["class_name"] == "InputLayer" :]:
        given = _through(entry, ALONE, given, total)
    return given


def _declared_of_chain(model) -> list[Lengths] | None:
    """Return what a chain says it takes: in its first layer, or in one of two notes."""
    config, first = model["config"], model["config"]["layers"][0]
    notes = [config.get("build_input_shape"), (model.get("build_config") or {}).get("input_shape")]
    claims = [explained(model, _lengths, note) for note in notes if note]
    if first["class_name"] == "InputLayer":
        claims.append(_declared(first))
    if len(set(claims)) > 1:
        raise Refused(f"{called(model)} says two different shapes of its images. Save it again.")
    return claims[:1] or None


def _declared_of_graph(model) -> list[Lengths]:
    """Return what a graph says it takes, in its input layers."""
    entries = {entry["name"]: entry for entry in model["config"]["layers"]}
    takes = explained(model, ends, model["config"]["input_layers"], entries)
    return [_declared(entries[name]) for name, _, _ in takes]


def _through_graph(model, given, total):
    config = model["config"]
    entries = {entry["name"]: entry for entry in config["layers"]}
    if len(entries) < len(config["layers"]):
        raise Refused(f"Two layers in {called(model)} have one name. Save it again.")
    starts = [name for name in entries if entries[name]["class_name"] == "InputLayer"]
    known = {(name, 0, 0): filled(_declared(entries[name])) for name in starts}
    takes = explained(model, ends, config["input_layers"], entries)
    known |= dict(zip(takes, given, strict=True))
    _use_all(model, entries, known, total)
    places = explained(model, ends, config["output_layers"], entries)
    return [explained(model, _taken, known, place) for place in places]


def _use_all(model, entries, known, total):
    """Follow every use of every layer, each as soon as what it takes is known."""
    all_uses = {name: explained(entry, uses, entry) for name, entry in entries.items()}
    for name, entry in entries.items():
        if not all_uses[name]:
            _count_unused(entry, total)
    for name, number in explained(model, in_order, all_uses):
        use, entry = all_uses[name][number], entries[name]
        shapes = [explained(entry, _taken, known, source) for source in use.sources]
        made = _through(entry, use, shapes, total, again=number > 0)
        known |= {(name, number, place): shape for place, shape in enumerate(made)}


def _taken(known, source):
    if source not in known:
        raise Untold("it takes what no layer gives")
    return known[source]


def _through(entry, use, shapes, total, *, again=False) -> list[Shape]:
    """Let a layer take shapes; count what it puts out and, the first time, what it keeps."""
    total.step()
    kept = total.parameters
    if allowed.is_model(entry):
        explained(entry, _check_others, use)
        made = follow(entry, shapes, total)
    else:
        made = [explained(entry, _through_layer, entry, use, shapes, total)]
    if again:
        total.parameters = kept
    return made


def _through_layer(entry, use, shapes, total) -> Shape:
    name, config = entry["class_name"], entry["config"]
    if name == "InputLayer":
        raise Untold("it is given what another layer puts out")
    if shapes is None:
        raise Untold("the network does not say what images it takes; begin it with keras.Input")
    check_settings(config)
    _check_use(entry, use)
    if is_operation(entry):
        shape = operation_shape(name, config, shapes, use.others[0] if use.others else None)
        total.add(values=prod(shape))
        return shape
    shape, built_for = output_shape(name, config, shapes), _built_for(entry)
    takes = [shapes[0]] if built_for is None else [shapes[0], built_for]
    needed = [num_parameters(name, config, one) for one in takes]
    total.add(
        values=prod(shape),
        passing=num_passing(name, config, shapes[0]),
        products=num_products(name, config, shapes[0]),
        kept=max(needed),
    )
    return shape


def is_operation(entry: dict) -> bool:
    """Say whether an entry is an operation of `keras.ops`, and no layer."""
    return entry["module"].startswith(OPERATIONS)


def _check_use(entry, use):
    """Check that a layer is given arrays in the way that its rule is about."""
    name, number = entry["class_name"], len(use.sources)
    if name == "Concatenate" or (name in MERGING and not is_operation(entry)):
        fits = use.is_list
    elif name in OF_TWO:
        fits = not use.is_list and number > 0 and number + len(use.others) == 2
    else:
        fits = not use.is_list and number == 1
    if not fits:
        raise Untold("it is given more arrays than it takes, or fewer")
    if name != "GetItem":
        _check_others(use)


def _check_others(use):
    if not all(map(is_plain, use.others)):
        raise Untold("it is given more than arrays of images")


def _count_unused(entry, total):
    """Count what Keras builds of a layer that is listed, but takes nothing."""
    total.step()
    if allowed.is_model(entry):
        follow(entry, None, total)
    elif entry["class_name"] != "InputLayer":
        total.add(kept=explained(entry, _kept_unused, entry))


def _kept_unused(entry):
    check_settings(entry["config"])
    shape = _built_for(entry)
    return 0 if shape is None else num_parameters(entry["class_name"], entry["config"], shape)


def _built_for(entry) -> Shape | None:
    """Return the shape for which Keras builds a layer as soon as it reads it."""
    noted = (entry.get("build_config") or {}).get("input_shape")
    several = not noted or isinstance(noted[0], list)  # merged, they keep nothing
    return None if several else filled(_lengths(noted))


def _declared(entry) -> Lengths:
    """Return what an input layer says it takes."""
    return explained(entry, _declared_lengths, entry)


def _declared_lengths(entry):
    if entry["class_name"] != "InputLayer" or set(entry["config"]) - INPUT_SETTINGS:
        raise Untold("the network begins in it, and it is no usual input layer")
    return _lengths(entry["config"]["batch_shape"])


def _lengths(batch_shape) -> Lengths:
    """Leave the batch away."""
    lengths = tuple(batch_shape[1:])
    if not isinstance(batch_shape, list) or not all(
        length is None or (type(length) is int and length > 0) for length in lengths
    ):
        raise Untold("the shape that it takes is none")
    return lengths


def _fit(given, says) -> bool:
    """Say whether a network is given what it says it takes."""
    if [len(shape) for shape in given] != [len(lengths) for lengths in says]:
        raise Untold("it is given other arrays than it says it takes")
    pairs = [pair for one in zip(given, says, strict=True) for pair in zip(*one, strict=True)]
    return all(length in (None, got) for got, length in pairs)
