"""Making a run of saved checkpoints, in a process that is thrown away. Loads TensorFlow.

Each file is looked at without Keras first. The network is then built from its configuration, as
one from images to scores where it is one, so that its checkpoints can be shown pictures; and each
file's weights are put into it.
"""

import copy
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.imports.checkpoint_files import (
    Files,
    arrays_in,
    described_in,
    find_files,
    is_wanted,
    network_in,
    signature,
    weights_in,
)
from explorer.imports.errors import ImportFailed
from explorer.imports.names import Ordered, in_order
from explorer.imports.packed import opened
from explorer.imports.words import MORE, first_lines, on_one_line
from explorer.models.sizes import USUAL_SIZE
from explorer.models.values import AS_THEY_ARE, SHARES, VALUES
from explorer.runs import source
from explorer.runs.write import RunWriter
from explorer.training.collect import Collector
from explorer.training.names import tensor_names
from explorer.training.spec import Recording

Arrays = dict[str, np.ndarray]
LACKS = ["gradients", "updates", "activations", "answers", "loss", "validation", "images"]
MOST_SAID = 100
LONGEST = 300


@dataclass
class Reading:
    """What is known of the checkpoints while they are read one by one.

    Args:
        request: What is asked for.
        config: The network of the first one; `None` for weights alone.
        names: Of its weights, in order.
        shapes: Of its weights, in order.
        about: Entries for `run.json` about the network and its images.
        notes: In sentences.
    """

    request: dict
    config: dict | None = None
    names: tuple[str, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    about: dict | None = None
    notes: tuple[str, ...] = ()


def make_run(request: dict) -> None:
    """Read checkpoints and write a run.

    Args:
        request: `given` (a folder or a ZIP), `folder` (where the run is written), `about` (entries
            for `run.json`), `from` (what the folder is called); and `number`, `steps_per_epoch`
            (see `names.in_order`), `values`, `class_names`, each of them perhaps `None`.

    Raises:
        ImportFailed: There is nothing in it to make a run of.
    """
    with opened(Path(request["given"]), is_wanted) as folder:
        files = find_files(folder)
        ordered = in_order(
            files.checkpoints,
            number=request.get("number"),
            steps_per_epoch=request.get("steps_per_epoch"),
        )
        _write(request, files, ordered)


def _write(request, files: Files, ordered: Ordered):
    writer = RunWriter(Path(request["folder"]))
    collector, reading = Collector(Recording().values_per_tensor), Reading(request)
    steps, left_out = _write_steps(writer, collector, files, ordered, reading)
    if not steps:
        raise ImportFailed(f"None of the checkpoints can be read. {left_out[-1]}")
    about = reading.about or {}
    writer.describe(
        **request["about"],
        status=source.IMPORTED,
        planned_steps=steps[-1],
        recording={"tensors": collector.to_dict(), "bytes": writer.recorded_bytes()},
        source={
            "kind": source.WEIGHTS,
            "from": request["from"],
            "step_unit": ordered.unit,
            "lacks": LACKS if "data" in about else ["network", *LACKS],
            "notes": [*ordered.notes, *reading.notes],
            "left_out": first_lines([*ordered.left_out, *left_out], MOST_SAID, LONGEST, MORE),
        },
        **about,
    )


def _write_steps(writer, collector, files, ordered, reading):
    """Write what can be read; return the steps, and the other files with the reasons."""
    steps, left_out, read = [], [], _reader(files, ordered, reading)
    for step, name in ordered.names.items():
        try:
            arrays = read(files.folder / name)
        except MemoryError:
            raise
        except Exception as error:  # whatever a strange file leads Keras to is told in one line
            left_out.append(f"{name}: {_why(error)}")
            continue
        writer.write_checkpoint(step, arrays)
        writer.write_step(step, collector.collect("weights", _floats(arrays)))
        steps.append(step)
    return steps, left_out


def _floats(arrays: Arrays) -> Arrays:
    return {name: values for name, values in arrays.items() if values.dtype.kind == "f"}


def _why(error):
    words = on_one_line(error)[:LONGEST]
    if isinstance(error, ValueError):
        return words
    return f"it cannot be opened ({type(error).__name__}: {words})"


def _reader(files: Files, ordered: Ordered, reading: Reading) -> Callable[[Path], Arrays]:
    """Return how to read one file: as a network, as weights of a network, or as arrays alone."""
    if next(iter(ordered.names.values())).endswith(".keras"):
        return lambda file: _of_network(file, reading)
    config, where = _config_beside(files)
    if config is None:
        reading.notes = (
            "The files hold weights alone, and there is no .keras file or JSON text of the network "
            "beside them: they are called by their layers, and cannot be shown pictures.",
        )
        return lambda file: _alone(file, reading)
    reading.config = config
    reading.notes = (f"The network is the one that {where} describes.",)
    return lambda file: _into(config, weights_in(file), reading)


def _config_beside(files: Files) -> tuple[dict | None, str]:
    """Return the network that another file of the folder describes, and the file's name."""
    for name in files.configs:
        if (config := described_in(files.folder / name)) is not None:
            return config, name
    for name in (name for name in files.checkpoints if name.endswith(".keras")):
        try:
            return network_in(files.folder / name)[0], name
        except ValueError:
            continue
    return None, ""


def _of_network(file, reading) -> Arrays:
    config, weights = network_in(file)
    if reading.config is not None and signature(config) != signature(reading.config):
        raise ValueError("it holds a network of another architecture")
    arrays = _into(config, weights, reading)
    reading.config = reading.config or config
    return arrays


def _alone(file, reading) -> Arrays:
    arrays = arrays_in(weights_in(file))
    if not _floats(arrays):
        raise ValueError("it holds no weights")
    return _named(list(arrays), list(arrays.values()), reading)


def _into(config, weights, reading) -> Arrays:
    """Build the network, put weights into it, and return them by name."""
    import keras

    keras.backend.clear_session()
    # Keras takes what it has read out of the configuration that it is given.
    model = keras.saving.deserialize_keras_object(copy.deepcopy(config), safe_mode=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.weights.h5"
        path.write_bytes(weights)
        model.load_weights(path)
    model, about, notes = _shown(model, reading)
    paths = tensor_names([variable.path for variable in model.weights], model.name)
    arrays = _named(paths, [np.asarray(one) for one in model.weights], reading)
    if reading.about is None:
        parameters = sum(values.size for values in arrays.values())
        network = {"class": type(model).__name__, "parameters": parameters, **about["network"]}
        reading.about = {**about, "network": network}
        reading.notes += notes
    return arrays


def _named(names, values, reading) -> Arrays:
    """Name arrays as those of the first file: layers are numbered anew by every program."""
    values = [one if one.dtype.kind in "iu" else one.astype(np.float32) for one in values]
    shapes = tuple(one.shape for one in values)
    if not reading.names:
        reading.names, reading.shapes = tuple(names), shapes
    if shapes != reading.shapes:
        raise ValueError("its weights have other shapes than those of the first file")
    return dict(zip(reading.names, values, strict=True))


def _shown(model, reading):
    """Return a network as the pages show it pictures, or as it is where they cannot."""
    import keras

    from explorer.inference import chain
    from explorer.models.keras_file import check_config, without_training

    request, shape = reading.request, tuple(model.inputs[0].shape)
    size = (shape[1] or USUAL_SIZE) if len(shape) == 4 else USUAL_SIZE
    try:
        channels = chain.check_input(model, size)
        usual = AS_THEY_ARE if chain.rescales_itself(model) else SHARES
        values = request.get("values") or usual
        flat = chain.straightened(model, size, scale=VALUES[values])
        chain.check_memory(flat)
        config = without_training(keras.saving.serialize_keras_object(flat))
        check_config(config)
    except ValueError as error:
        note = f"It cannot be shown pictures. {_why(error)}"
        return model, {"network": {}}, (note,)
    classes = flat.outputs[0].shape[1]
    names = request.get("class_names")
    if names and len(names) != classes:
        raise ImportFailed(
            f"{len(names)} names of classes were given, but the network has {classes} classes."
        )
    data = {
        "class_names": names or [f"Class {number}" for number in range(classes)],
        "image_size": size,
        "channels": channels,
        "fit": "crop",
    }
    note = (
        f"Its images are taken to have values of {values}. If that is wrong, import it again and "
        "choose others (--values in a shell)."
    )
    return flat, {"network": {"built_from": json.dumps(config)}, "data": data}, (note,)
