"""Trained networks at work. Imports TensorFlow: use it in a process of its own."""
