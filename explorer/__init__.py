"""Convnet Explorer: record how a convolutional network learns, and look at it step by step."""

__version__ = "0.1.0"


def __getattr__(name: str):
    """Load `Recorder` on first use, so that the package itself opens without TensorFlow."""
    if name == "Recorder":
        from explorer.training.recorder import Recorder

        return Recorder
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")
