"""What Keras' own layer makes of an image and kernels: to check numbers shown elsewhere against."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

Tell = Callable[[float, str], None]
MOST_VALUES = 100_000  # of the image, and of the kernels


def keras_convolution(
    progress: Tell,
    *,
    image: Sequence,
    kernels: Sequence,
    bias: Sequence[float],
    stride: int,
    padding: str,
    dilation: int,
) -> dict:
    """Let `keras.layers.Conv2D` convolve an image.

    Args:
        progress: Called with the share done and words.
        image: Nested lists. (height, width, channels)
        kernels: Nested lists. (size, size, channels, filters)
        bias: One a filter. (filters,)
        stride: Cells from one window to the next.
        padding: `"valid"` or `"same"`.
        dilation: Distance between neighbouring cells of the window.

    Returns:
        `feature_maps`, without an activation function. (rows, columns, filters)

    Raises:
        ValueError: Keras takes no such layer, as with a stride and a dilation both above 1.
    """
    progress(0.5, "Asking Keras")
    image, kernels = np.array(image, np.float32), np.array(kernels, np.float32)
    if max(image.size, kernels.size) > MOST_VALUES:
        raise ValueError(
            f"The image has {image.size:,} values and the kernels {kernels.size:,}. At most "
            f"{MOST_VALUES:,} each are compared; choose smaller ones."
        )
    layer = keras.layers.Conv2D(
        kernels.shape[-1],
        kernels.shape[:2],
        strides=stride,
        padding=padding,
        dilation_rate=dilation,
    )
    layer.build((None, *image.shape))
    layer.set_weights([kernels, np.array(bias, np.float32)])
    return {"feature_maps": np.asarray(layer(image[None])[0], np.float32)}
