"""Networks that fill the memory behind what shapes alone do not tell."""

from keras_parts import functional, layer, sequential, tensor, used

# Small parts of an image that are made large: the sizes show only to who follows the shapes.
BATCH = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
REST = {"class_name": "__ellipsis__", "config": {}}
HALF = {"class_name": "__slice__", "config": {"start": None, "stop": 3, "step": None}}
IMAGES = used(layer("InputLayer", batch_shape=[None, 8, 8, 3], name="images"), "images")


def operation(class_name, name="step", *given, **config):
    """Let an operation take images, and what else it is given."""
    entry = {
        "module": "keras.src.ops.numpy",
        "class_name": class_name,
        "registered_name": class_name,
    }
    node = {"args": [tensor("images"), *given], "kwargs": {}}
    return {**entry, "config": {"name": name, **config}, "name": name, "inbound_nodes": [node]}


def grown(step, *, padding=30_000):
    """Return a network that makes a step, and then fills the memory with borders."""
    return functional(
        IMAGES,
        step,
        used(layer("ZeroPadding2D", padding=padding, name="pad"), "pad", tensor(step["name"])),
        used(layer("GlobalMaxPooling2D", name="pool"), "pool", tensor("pad")),
        outputs=["pool", 0, 0],
    )


SLICED_BOMB = grown(operation("GetItem", "slice", [REST, HALF]))
HARMLESS_SLICE = grown(operation("GetItem", "slice", [REST, HALF]), padding=1)
ENLARGING = layer("ZeroPadding2D", padding=30_000)
INNER = functional(
    IMAGES,
    used(layer("ReLU"), "same", tensor("images")),
    used(layer("GlobalMaxPooling2D", keepdims=True), "small", tensor("images")),
    outputs=[["small", 0, 0], ["same", 0, 0]],
)
LARGE_INSIDE = functional(
    used(layer("InputLayer", batch_shape=[None, 1000, 1000, 3]), "images"),
    used(layer("Flatten"), "flat", tensor("images")),
    used(layer("Dense", units=500), "scores", tensor("flat")),
    outputs=["scores", 0, 0],
)
FIRST_CHANNELS = {"data_format": "channels_first"}
UNTOLD = "cannot be told before the network is built"
FILLS = "One image fills"
# What shapes alone do not tell: a network that fills the memory behind each of these.
HIDDEN = {
    "behind a slice": (SLICED_BOMB, FILLS),
    "behind a mean": (
        grown(operation("Mean", axis=[1], keepdims=True)),
        FILLS,
    ),
    "behind a sum that mixes images": (grown(operation("Sum", axis=0, keepdims=True)), UNTOLD),
    "behind a maximum": (grown(operation("Max", axis=-1, keepdims=True, initial=None)), FILLS),
    "behind a minimum": (grown(operation("Min", axis=[3], keepdims=True, initial=None)), FILLS),
    "behind a transposition": (grown(operation("Transpose", axes=[0, 2, 1, 3])), FILLS),
    "behind a new shape": (grown(operation("Reshape", newshape=[-1, 4, 16, 3])), FILLS),
    "behind a new axis": (
        functional(
            IMAGES,
            operation("ExpandDims", "new", axis=1),
            {
                **operation("Squeeze", "old", axis=1),
                "inbound_nodes": [{"args": [tensor("new")], "kwargs": {}}],
            },
            used(ENLARGING, "pad", tensor("old")),
            outputs=["pad", 0, 0],
        ),
        FILLS,
    ),
    "behind a slice of the batch": (grown(operation("GetItem", "one", [HALF, REST])), UNTOLD),
    "channels first": (
        sequential(layer("ZeroPadding2D", padding=30_000, **FIRST_CHANNELS)),
        FILLS,
    ),
    "second output of a network within": (
        functional(
            IMAGES,
            used(INNER, "inner", tensor("images")),
            used(layer("UpSampling2D", size=900), "large", tensor("inner", place=1)),
            used(layer("GlobalMaxPooling2D"), "pool", tensor("large")),
            outputs=["pool", 0, 0],
        ),
        FILLS,
    ),
    "a network within that is built larger than it is used": (
        functional(
            IMAGES,
            used(LARGE_INSIDE, "inner", tensor("images")),
            outputs=["inner", 1, 0],
        ),
        "1,500,000,500 parameters",
    ),
    "a network within that is never used": (
        functional(
            IMAGES,
            {**LARGE_INSIDE, "name": "inner", "inbound_nodes": []},
            used(layer("Flatten"), "flat", tensor("images")),
            outputs=["flat", 0, 0],
        ),
        "1,500,000,500 parameters",
    ),
    "a graph that never becomes known": (
        functional(
            IMAGES,
            used(layer("ReLU"), "one", tensor("two")),
            used(layer("ReLU"), "two", tensor("one")),
            outputs=["two", 0, 0],
        ),
        "go around in a circle",
    ),
    "a layer that takes what nobody gives": (
        functional(IMAGES, used(ENLARGING, "one", tensor("images", 7)), outputs=["one", 0, 0]),
        "takes what no layer gives",
    ),
    "connections of an older kind": (
        functional(
            IMAGES,
            {**used(ENLARGING, "one"), "inbound_nodes": [[["images", 0, 0, {}]]]},
            outputs=["one", 0, 0],
        ),
        "not connected as Keras 3",
    ),
    "a layer as an activation": (
        sequential(layer("Activation", activation=ENLARGING)),
        "'activation' is not of the kind",
    ),
    "a network as an initializer": (
        sequential(layer("Dense", units=2, kernel_initializer=LARGE_INSIDE)),
        "'kernel_initializer' is not of the kind",
    ),
    "a layer that stands for another": (
        sequential({**ENLARGING, "shared_object_id": 7}, {**layer("ReLU"), "shared_object_id": 7}),
        "saved as one and the same",
    ),
    "a list of factors": (
        sequential(layer("Rescaling", scale=[1.0] * 10_000), shape=(None, 100, 100, 1)),
        "neither one number nor one a channel",
    ),
    "a list as a slope": (sequential(layer("ELU", alpha=[[[1.0]] * 300] * 300)), "'alpha'"),
    "a list beside an array": (
        functional(
            IMAGES,
            operation("Add", "sum", [[[1.0]] * 300] * 300),
            outputs=["sum", 0, 0],
        ),
        "more than arrays",
    ),
    "an array as a mask": (
        functional(
            IMAGES,
            {
                **used(layer("Softmax"), "mix"),
                "inbound_nodes": [
                    {"args": [tensor("images")], "kwargs": {"mask": tensor("images")}}
                ],
            },
            outputs=["mix", 0, 0],
        ),
        "more than arrays",
    ),
    "an adapter": (
        sequential(layer("Flatten"), layer("Dense", units=2, lora_rank=10**6)),
        "'lora_rank'",
    ),
    "a wide middle": (
        sequential(
            layer("SeparableConv2D", filters=1, kernel_size=1, depth_multiplier=9_000),
            shape=(None, 100, 100, 3),
        ),
        FILLS,
    ),
    "a window with holes": (
        sequential(
            layer("DepthwiseConv2D", kernel_size=3, dilation_rate=[9_000, 9_000], padding="same")
        ),
        FILLS,
    ),
    "patches that overlap": (
        sequential(layer("Conv2DTranspose", filters=1, kernel_size=100), shape=(None, 200, 200, 1)),
        FILLS,
    ),
    "borders beside a transposed convolution": (
        sequential(layer("Conv2DTranspose", filters=1, kernel_size=1, output_padding=9_000)),
        FILLS,
    ),
    "a thin image padded to a square": (
        sequential(
            layer("Reshape", target_shape=[120_000, 1, 1]),
            layer("Resizing", height=8, width=8, pad_to_aspect_ratio=True),
            shape=(None, 200, 200, 3),
        ),
        FILLS,
    ),
    "a window as large as the image": (
        sequential(
            layer("MaxPooling2D", pool_size=900, strides=1, padding="same"),
            shape=(None, 900, 900, 3),
        ),
        "multiplies 1,968 billion",
    ),
    "a large kernel at every place": (
        sequential(
            layer("Conv2D", filters=3, kernel_size=900, padding="same"),
            shape=(None, 900, 900, 3),
        ),
        "multiplies 5,904 billion",
    ),
    "two sizes of one network": (
        {
            **sequential(layer("ReLU")),
            "build_config": {"input_shape": [None, 2000, 2000, 3]},
        },
        "two different shapes",
    ),
    "no size at all": (
        {
            "module": "keras",
            "class_name": "Sequential",
            "config": {"name": "network", "layers": [layer("Dense", units=10**6)]},
        },
        "does not say what images it takes",
    ),
    "two layers of one name": (
        functional(
            IMAGES,
            used(layer("ReLU"), "one", tensor("images")),
            used(ENLARGING, "one", tensor("images")),
            outputs=["one", 0, 0],
        ),
        "have one name",
    ),
    "layers that are no layers": (
        {"module": "keras", "class_name": "Sequential", "config": {"layers": [[], 1]}},
        "not described as Keras saves it",
    ),
}
