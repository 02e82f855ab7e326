"""Files that claim to be networks, made by hand: harmless ones, and ones built to harm."""

import io
import json
import pickle
import warnings
import zipfile
from functools import partial

import h5py
import numpy as np
from hidden_corpus import HIDDEN
from keras_parts import functional, layer, sequential, tensor, used

HARMLESS = sequential(
    layer("Conv2D", filters=2, kernel_size=[3, 3], activation="relu"),
    layer("GlobalAveragePooling2D"),
    layer("Dense", units=3, activation="softmax"),
)


def weights(fill=None):
    """Return the content of an HDF5 file; `fill` puts something into it."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 3, 3, 2), np.float32)
        if fill is not None:
            fill(file)
    return buffer.getvalue()


def members(config=HARMLESS, content=None):
    """Return what is in a `.keras` file, by name."""
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    return {
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "config.json": text,
        "model.weights.h5": weights() if content is None else content,
    }


def write(path, parts=None, *, compression=zipfile.ZIP_STORED):
    """Write a ZIP; `parts` is a dictionary or a list of pairs of name and content."""
    parts = members() if parts is None else parts
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(name, content)
    return path


def networks_in_networks(depth, times):
    """Return a network that sends images `times` times through one that does the same, ..."""
    start = used(layer("InputLayer", batch_shape=[None, 8, 8, 3]), "images")
    inner = layer("ReLU")
    for _ in range(depth):
        again = [tensor("inner", node) for node in range(times - 1)]
        inner = used(inner, "inner", tensor("images"), *again)
        inner = functional(start, inner, outputs=["inner", times - 1, 0])
    return inner


def nested_lists(depth):
    return b'{"a": ' + b"[" * depth + b"]" * depth + b"}"


def link_outside(file):
    file["layers/out"] = h5py.ExternalLink("/etc/passwd", "/")


def link_inside(file):
    file["layers/again"] = h5py.SoftLink("/layers/conv2d")


def external_data(file):
    file.create_dataset("layers/data", (4,), "uint8", external=[("/etc/passwd", 0, 4)])


def virtual_data(file):
    layout = h5py.VirtualLayout((4,), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "data", (4,))
    file.create_virtual_dataset("layers/data", layout)


def announced_data(file):
    file.create_dataset("layers/data", (1_000, 1_000, 500), "float32")


def chunked_data(file):
    file.create_dataset("layers/data", (10**9,), "float32", chunks=(1024,))


def packed_data(file):
    file.create_dataset("layers/data", data=np.zeros(10_000), compression="gzip")


def words(file):
    file["layers/words"] = ["a", "b"]


def objects(file):
    file.create_dataset("layers/data", (2,), h5py.vlen_dtype(np.int32))


def cycle(file):
    file["layers/around"] = file["/"]


def deep(file):
    file.create_group("/".join(["g"] * 40))


DATA = {
    "link outside": (link_outside, "lead out of their file"),
    "link inside": (link_inside, "lead out of their file"),
    "external data": (external_data, "lie in another file"),
    "virtual data": (virtual_data, "lie in another file"),
    "announced data": (announced_data, "built to fill the memory"),
    "chunked data": (chunked_data, "built to fill the memory"),
    "packed data": (packed_data, "are packed"),
    "words": (words, "no plain numbers"),
    "arrays of arrays": (objects, "no plain numbers"),
    "a group in itself": (cycle, "groups within groups"),
    "deep groups": (deep, "groups within groups"),
}
LAMBDA = layer("Lambda", function={"class_name": "__lambda__", "config": {"value": "4wEA"}})
CONFIGS = {
    "code": (sequential(LAMBDA), "'Lambda'"),
    "lookup of a file": (
        sequential(layer("StringLookup", vocabulary="/etc/passwd")),
        "StringLookup",
    ),
    "saved model": (sequential(layer("TFSMLayer", filepath="/tmp/model")), "TFSMLayer"),
    "torch": (sequential(layer("TorchModuleWrapper", module="x")), "TorchModuleWrapper"),
    "wrapped code": (sequential(layer("TimeDistributed", layer=LAMBDA)), "TimeDistributed"),
    "any function": (
        sequential(layer("get_file", module="keras.utils", origin="http://a.b")),
        "'get_file'",
    ),
    "system": (sequential(layer("system", module="os")), "'system' of 'os'"),
    "own class": (
        sequential({**layer("Dense", units=2), "registered_name": "Own>Dense"}),
        "'Dense'",
    ),
    "function of a module": (
        sequential(
            layer(
                "Activation",
                activation={"module": "os", "class_name": "function", "config": "system"},
            )
        ),
        "'system'",
    ),
    "function that is no activation": (
        sequential(
            layer(
                "Activation",
                activation={"module": "builtins", "class_name": "function", "config": "eval"},
            )
        ),
        "'eval'",
    ),
    "bare lambda": (
        sequential(layer("Dense", units=2, activation={"class_name": "__lambda__"})),
        "__lambda__",
    ),
    "name that is no text": (sequential({"class_name": ["Dense"], "config": {}}), "Dense"),
    "units bomb": (sequential(layer("Dense", units=200_000_000)), "200000000"),
    "units bomb in floats": (sequential(layer("Dense", units=2e8)), "200000000"),
    "deep bomb": (sequential(layer("Dense", units={"a": [[10**7]]})), "10000000"),
    "input bomb": (sequential(shape=(None, 9_000, 9_000, 3)), "243,000,000 values"),
    "two large layers": (
        sequential(layer("Flatten"), layer("Dense", units=10**6), layer("Dense", units=10**6)),
        "1,000,194,000,000 parameters",
    ),
    "built too large at once": (
        sequential({**layer("Dense", units=10**5), "build_config": {"input_shape": [None, 10**6]}}),
        "100,000,100,000 parameters",
    ),
    "built in another way": (
        sequential({**layer("Dense", units=2), "build_config": {"shapes_dict": {}}}),
        "the shape of its input",
    ),
    "padding bomb": (
        sequential(layer("ZeroPadding2D", padding=30_000), layer("GlobalMaxPooling2D")),
        "One image fills",
    ),
    "small steps to a large image": (
        sequential(*[layer("UpSampling2D", size=[2, 2])] * 12),
        "One image fills",
    ),
    "flattened and connected": (
        sequential(layer("Flatten"), layer("Dense", units=500), shape=(None, 1000, 1000, 3)),
        "1,500,000,500 parameters",
    ),
    "networks in networks": (networks_in_networks(8, 10), "passes more than 5,000 layers"),
    "more weights than the file holds": (
        sequential(layer("Dense", units=1000), layer("Dense", units=1000)),
        "but the file holds 54",
    ),
    "many layers": (sequential(*[layer("ReLU")] * 600), "602 layers"),
    **HIDDEN,
    "no network": (layer("Dense", units=2), "expected was a Sequential"),
    "own network": ({**HARMLESS, "module": "mine"}, "not on the list|expected was a Sequential"),
    "a list": ([], "expected was a Sequential"),
}


def archive_bomb(path):
    write(path, members(content=bytes(20_000_000)), compression=zipfile.ZIP_DEFLATED)


def lying_size(path):
    """Announce a gigabyte in the table of contents."""
    content = write(path).read_bytes()
    at = content.rindex(b"PK\x01\x02")  # the entry of the weights
    announced = (10**9).to_bytes(4, "little")
    path.write_bytes(content[: at + 20] + announced * 2 + content[at + 28 :])


def overlapping(path):
    """Let two entries of the table of contents lead to the same bytes."""
    content = write(path).read_bytes()
    first = content.index(b"PK\x01\x02")
    last = content.rindex(b"PK\x01\x02")
    path.write_bytes(content[: last + 42] + content[first + 42 : first + 46] + content[last + 46 :])


def duplicate_member(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(path, [*members().items(), ("config.json", b"{}")])


def encrypted(path):
    """Mark the weights as encrypted."""
    content = bytearray(write(path).read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))


def with_member(name):
    return lambda path: write(path, {**members(), name: b"x"})


def without_member(name):
    return lambda path: write(path, {key: one for key, one in members().items() if key != name})


def with_text(name, content):
    return lambda path: write(path, {**members(), name: content})


def cut(share):
    return lambda path: path.write_bytes(shortened(write(path).read_bytes(), share))


def cut_weights(share):
    return lambda path: write(path, members(content=shortened(weights(), share)))


def shortened(content, share):
    return content[: int(share * len(content))]


def holding(content):
    return lambda path: path.write_bytes(content)


def too_large(path):
    with path.open("wb") as file:
        file.truncate(10**9)


DAMAGED = "no .keras file|damaged or cut short"
FILES = {
    "archive bomb": (archive_bomb, "more than 50 times"),
    "lying size": (lying_size, "announces 1,000 MB|damaged"),
    "overlapping members": (overlapping, "damaged|overlap"),
    "duplicate member": (duplicate_member, "more than once"),
    "encrypted": (encrypted, "encrypted"),
    "missing member": (without_member("metadata.json"), "lacks metadata.json"),
    **{
        f"member {name}": (with_member(name), "also holds")
        for name in (
            *("assets/words.txt", "../evil.txt", "/etc/evil", "config.json/x"),
            "MODEL.WEIGHTS.H5",
        )
    },
    **{
        f"{words} in {name}": (with_text(name, content), match)
        for name in ("config.json", "metadata.json")
        for words, content, match in (
            ("deep nesting", nested_lists(100), "nested more than"),
            ("very deep nesting", nested_lists(40_000), "nested more than"),
            ("half a text", b"{", "no JSON text"),
            ("no text", b"\xff\xfe", "no JSON text"),
            ("a long number", b'{"a": ' + b"9" * 10_000 + b"}", "no JSON text"),
        )
    },
    "long text": (with_text("config.json", b" " * 3_000_000 + b"{}"), "at most 2,000,000"),
    **{f"cut at {share:.0%}": (cut(share), DAMAGED) for share in (0.0, 0.2, 0.5, 0.9, 0.99)},
    **{
        f"weights cut at {share:.0%}": (cut_weights(share), "cannot be read")
        for share in (0.3, 0.6)
    },
    "HDF5": (holding(weights()), "HDF5 file"),
    "a pickle renamed": (holding(pickle.dumps([1])), "no .keras file"),
    "empty": (holding(b""), "no .keras file"),
    "beginning of a ZIP": (holding(b"PK\x03\x04"), "damaged or cut short"),
    "too large": (too_large, "1,000 MB"),
    **{
        name: (partial(write, parts=members(config)), match)
        for name, (config, match) in CONFIGS.items()
    },
    **{
        name: (partial(write, parts=members(content=weights(fill))), match)
        for name, (fill, match) in DATA.items()
    },
}
