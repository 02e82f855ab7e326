"""What the configuration of a network from elsewhere may name: a list of what is known harmless.

Everything else is refused, because a name in a configuration is code that will be run. Layers
that hold code (`Lambda`), read files (lookups), load other models (`TFSMLayer`) or wrap layers of
other kinds are left out by not being named. So are operations that make an array larger than
what they are given, such as `Tile` and `Repeat`.
"""


def names(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


MODELS = frozenset(
    {
        ("keras", "Functional"),
        ("keras", "Sequential"),
        ("keras.models", "Functional"),
        ("keras.models", "Model"),
        ("keras.models", "Sequential"),
        ("keras.src.models.functional", "Functional"),
        ("keras.src.models.sequential", "Sequential"),
    }
)
LAYERS = names(
    """
    InputLayer Conv2D DepthwiseConv2D SeparableConv2D Conv2DTranspose Dense
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization Normalization
    Rescaling Activation ReLU LeakyReLU PReLU ELU Softmax
    MaxPooling2D AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D
    Add Subtract Multiply Average Maximum Minimum Concatenate
    Dropout SpatialDropout2D AlphaDropout GaussianDropout GaussianNoise ActivityRegularization
    Flatten Reshape Permute ZeroPadding2D Cropping2D UpSampling2D Resizing CenterCrop Identity
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness
    RandomCrop
    """
)
INITIALIZERS = names(
    """
    Zeros Ones Constant Identity Orthogonal RandomNormal RandomUniform TruncatedNormal
    GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform VarianceScaling
    """
)
REGULARIZERS = frozenset({"L1", "L2", "L1L2", "OrthogonalRegularizer"})
CONSTRAINTS = frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"})
NUMPY_OPERATIONS = names(
    """
    Absolute Add Clip Concatenate Divide Exp ExpandDims Flip GetItem Log Max Maximum Mean Min
    Minimum Multiply Negative Power Reshape Sqrt Square Squeeze Subtract Sum Transpose TrueDivide
    """
)
ACTIVATIONS = names(
    """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink
    softmax softplus softsign sparse_plus squareplus swish tanh tanh_shrink threshold
    """
)
NN_OPERATIONS = names(
    """
    Celu Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax
    Relu Relu6 Selu Sigmoid Silu SoftShrink Softmax Softplus Softsign SquarePlus TanhShrink
    """
)
PLAIN = frozenset({"__keras_tensor__", "__slice__", "__ellipsis__"})
FUNCTION_MODULES = ("builtins", "keras.activations")
CLASSES_OF_MODULES = {
    "keras": frozenset({"DTypePolicy"}),
    "keras.dtype_policies": frozenset({"DTypePolicy"}),
    "keras.layers": LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": REGULARIZERS,
    "keras.constraints": CONSTRAINTS,
    "keras.src.ops.numpy": NUMPY_OPERATIONS,
    "keras.src.ops.nn": NN_OPERATIONS,
    "keras.src.activations.activations": frozenset({"ReLU"}),
}


def is_allowed(entry: dict) -> bool:
    """Say whether an entry of a configuration names something harmless.

    Args:
        entry: A dictionary with a `"class_name"`, as Keras writes them.

    >>> is_allowed({"module": "keras.layers", "class_name": "Dense", "config": {}})
    True
    >>> is_allowed({"module": "keras.layers", "class_name": "Lambda", "config": {}})
    False
    """
    module, name = entry.get("module"), entry["class_name"]
    if not isinstance(name, str) or entry.get("registered_name") not in (None, name):
        return name == "function" and _is_activation(entry)
    if module is None:
        return name in PLAIN
    if name == "function":
        return _is_activation(entry)
    return (module, name) in MODELS or name in CLASSES_OF_MODULES.get(module, ())


def is_model(entry: dict) -> bool:
    """Say whether an entry of a configuration is a whole network."""
    return (entry.get("module"), entry.get("class_name")) in MODELS


def is_step(entry: dict) -> bool:
    """Say whether an entry is a step on the way of an image: a layer, an operation, a network."""
    module = str(entry.get("module"))
    return is_model(entry) or module.startswith(("keras.layers", "keras.src"))


def _is_activation(entry):
    function = entry.get("config")
    known = isinstance(function, str) and function in ACTIVATIONS
    return (
        known
        and entry.get("module") in FUNCTION_MODULES
        and entry.get("registered_name") in (None, "function", function)
    )
