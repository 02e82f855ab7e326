import numpy as np
import pytest

from explorer.inference.comparison import Comparison

ARRAYS = {
    "shared": np.array([0, 1]),
    "labels": np.array([0, 0, 1, 1, 2]),
    "answers_a": np.array([0, 1, 1, 1, 2]),
    "answers_b": np.array([0, 0, 0, -1, 0]),
    "confidence_a": np.array([0.9, 0.6, 0.7, 0.8, 0.5], np.float32),
    "confidence_b": np.array([0.4, 0.5, 0.6, np.nan, 0.5], np.float32),
    "places": np.array([[0, 3], [0, 5], [0, 8], [0, 9], [0, 11]]),
    "similarity": np.array([[0.9, np.nan], [0.2, np.nan]]),
    "similarity_biased": np.array([[0.95, np.nan], [0.4, np.nan]]),
    "similarity_by_chance": np.array([[0.1, np.nan], [0.2, np.nan]]),
    "line_shares": np.linspace(0, 1, 11),
    "line_accuracy": np.linspace(0.9, 0.1, 11),
    "line_loss": np.linspace(0.1, 2.2, 11),
}
PLAIN = {
    "class_names": ("anvil", "*pip*", "owl"),
    "loss_a": 0.5,
    "loss_b": float("nan"),
    "sets": ("abc",),
    "layers_a": ("conv_1", "logits"),
    "layers_b": ("conv_1", "logits"),
    "similarity_images": 5,
    "line_images": 5,
    "line_note": "A line.",
    "notes": ("A note.",),
}


@pytest.fixture
def make_comparison():
    """Return a function that makes a small comparison by hand."""
    return lambda **changes: Comparison(**{**ARRAYS, **PLAIN, **changes})
