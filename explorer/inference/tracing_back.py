"""What the outputs of a layer come from, told by the layers before it. Loads TensorFlow."""

import keras

# What they put out says nothing that was not in what they take.
WITHOUT_VALUES = (
    *("InputLayer", "Rescaling", "Normalization", "Flatten", "Reshape", "Identity"),
    *("Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast"),
    *("RandomBrightness", "RandomCrop", "ZeroPadding2D"),
)
NEVER_NEGATIVE = ("relu", "relu6", "sigmoid", "softmax", "softplus", "hard_sigmoid", "exponential")
KEEPING_SIGNS = (
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "ZeroPadding2D",
    "UpSampling2D",
    "Flatten",
    "Dropout",
)
# The i-th channel of what they put out is made of the i-th channel of what they take.
KEEPING_CHANNELS = (
    "BatchNormalization",
    "ReLU",
    "Activation",
    "MaxPooling2D",
    "AveragePooling2D",
    "ZeroPadding2D",
    "Dropout",
)
# Before them a colour is still a colour: none of them mixes the channels of an image.
KEEPING_COLOURS = (
    *("Rescaling", "Normalization", "BatchNormalization", "Resizing", "CenterCrop", "Cropping2D"),
    *("ZeroPadding2D", "UpSampling2D", "MaxPooling2D", "AveragePooling2D", "Identity"),
    *("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast"),
    *("RandomBrightness", "RandomCrop"),
)


def convolution_behind(layer: keras.layers.Layer) -> keras.layers.Layer | None:
    """Return the convolution whose i-th filter makes the i-th channel of a layer's output.

    Normalisation, activation functions and pooling treat every channel by itself: behind them
    stands the convolution before. `None` where channels are mixed in another way.
    """
    while type(layer).__name__ in KEEPING_CHANNELS:
        layer = _layer_before(layer)
    return layer if type(layer).__name__ in ("Conv2D", "DepthwiseConv2D") else None


def sees_colours(layer: keras.layers.Layer | None) -> bool:
    """Say whether a convolution takes the red, green and blue of images, and all of them at once.

    A convolution deeper in the network may have three input channels, too, which are no colours.
    """
    if type(layer).__name__ != "Conv2D" or layer.kernel.shape[2] != 3 or layer.groups != 1:
        return False
    before = _layer_before(layer)
    while type(before).__name__ in KEEPING_COLOURS:
        before = _layer_before(before)
    return type(before).__name__ == "InputLayer"


def is_signed(layer: keras.layers.Layer) -> bool:
    """Say whether a layer's output can be negative, by what the layer is."""
    if type(layer).__name__ == "ReLU":
        return bool(layer.negative_slope)
    if type(layer).__name__ in KEEPING_SIGNS:
        before = _layer_before(layer)
        return before is None or is_signed(before)
    return activation_of(layer) not in NEVER_NEGATIVE


def _layer_before(layer):
    """Return the one layer that a layer takes its input from; `None` for several or none."""
    tensor = layer.input
    if isinstance(tensor, list | tuple | dict):
        return None
    before = tensor._keras_history.operation
    return None if before is layer else before


def activation_of(layer: keras.layers.Layer) -> str:
    """Return the name of a layer's activation function, `"linear"` without one."""
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", "linear")
