"""The check against Keras: it is Keras that answers, and it agrees."""

import numpy as np
import pytest

from explorer.analysis.convolution import Sliding, convolve
from explorer.inference.kinds import KINDS


def tell(share, words):
    """Listen to progress, as the server does."""


def ask(image, kernels, bias, **options):
    options = {"stride": 1, "padding": "valid", "dilation": 1, **options}
    return KINDS["keras_convolution"](
        tell, image=image.tolist(), kernels=kernels.tolist(), bias=bias.tolist(), **options
    )["feature_maps"]


@pytest.mark.parametrize(
    "options",
    [{}, {"stride": 2, "padding": "same"}, {"dilation": 2}, {"padding": "same"}],
    ids=str,
)
def test_keras_and_the_page_agree(rng, options):
    image, kernels = rng.random((9, 8, 3)), rng.normal(size=(3, 3, 3, 2))
    bias = np.array([0.5, -1.0])
    sliding = Sliding(3, **options)
    found = ask(image, kernels, bias, **options)
    np.testing.assert_allclose(found, convolve(image, kernels, bias, sliding), atol=1e-5)


def test_what_keras_does_not_take_is_told(rng):
    with pytest.raises(ValueError, match="strides > 1"):
        ask(rng.random((9, 9, 1)), np.ones((3, 3, 1, 1)), np.zeros(1), stride=2, dilation=2)


def test_too_much_to_compare_is_refused():
    with pytest.raises(ValueError, match="At most 100,000 each"):
        ask(np.zeros((400, 400, 1)), np.ones((3, 3, 1, 1)), np.zeros(1))
