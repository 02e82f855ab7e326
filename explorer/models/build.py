"""Networks as Keras models. The only module of this package that imports Keras."""

import zlib

import keras
from keras import layers

from explorer.models.architectures import Layer, Network, design


def build(network: Network, *, seed: int) -> keras.Model:
    """Build a network with freshly drawn weights.

    The weights depend on `seed` and on nothing else: every layer draws from a seed of its
    own, whatever was drawn before it and whatever the global random state is.

    Args:
        network: What to build.
        seed: Decides the initial weights and what dropout drops.

    Returns:
        A functional model that takes images with values 0 to 255, shaped
        `(images, height, width, channels)`, and returns logits, `(images, classes)`.
    """
    inputs = keras.Input((network.image_size, network.image_size, network.channels), name="images")
    outputs = inputs
    for layer in design(network):
        outputs = keras_layer(layer, seed=layer_seed(seed, layer.name))(outputs)
    return keras.Model(inputs, outputs, name=network.name)


def keras_layer(layer: Layer, *, seed: int) -> layers.Layer:
    """Build one layer; `seed` is its own."""
    return _MAKERS[layer.kind](layer, seed)


def layer_seed(seed: int, name: str) -> int:
    """Derive the seed of one layer, so that adding a layer leaves the others as they were."""
    return zlib.crc32(f"{seed}/{name}".encode()) & 0x7FFFFFFF


def _rescale(layer, seed):
    return layers.Rescaling(1 / 127.5, offset=-1.0, name=layer.name)


def _conv(layer, seed):
    # Before a normalisation He's scale suits; elsewhere Keras' default, as in the article.
    is_plain = layer.options.get("activation") is not None
    kind = keras.initializers.GlorotUniform if is_plain else keras.initializers.HeNormal
    return layers.Conv2D(
        padding="same", kernel_initializer=kind(seed=seed), name=layer.name, **layer.options
    )


def _dense(layer, seed):
    initializer = keras.initializers.GlorotUniform(seed=seed)
    return layers.Dense(kernel_initializer=initializer, name=layer.name, **layer.options)


def _norm(layer, seed):
    return layers.BatchNormalization(momentum=0.9, name=layer.name)


def _relu(layer, seed):
    return layers.ReLU(name=layer.name)


def _pool(layer, seed):
    return layers.MaxPooling2D(name=layer.name, **layer.options)


def _global_pool(layer, seed):
    return layers.GlobalAveragePooling2D(name=layer.name)


def _flatten(layer, seed):
    return layers.Flatten(name=layer.name)


def _dropout(layer, seed):
    dropout = layers.Dropout(seed=seed, name=layer.name, **layer.options)
    # Keras numbers seed generators through the process, so that no two builds would share
    # the path of this variable; checkpoints find variables by path.
    dropout.seed_generator.state._path = f"{layer.name}/seed_generator_state"
    return dropout


_MAKERS = {
    "rescale": _rescale,
    "conv": _conv,
    "norm": _norm,
    "relu": _relu,
    "pool": _pool,
    "global_pool": _global_pool,
    "flatten": _flatten,
    "dense": _dense,
    "dropout": _dropout,
}
