"""Networks by name: what they are made of (no TensorFlow) and how they are built (Keras)."""
