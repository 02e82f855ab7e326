"""Runs made from what people already have: TensorBoard logs, and checkpoints saved by Keras.

Files of strangers are read in a process of its own with limits of memory and time, which writes a
run under a name that nobody lists. Only a whole run gets its place among the others.
"""

from explorer.imports.errors import ImportFailed

__all__ = ["ImportFailed"]
