"""Runs in one file, to hand on or keep: packing them, and opening such a file of anyone."""

from explorer.packing.members import PackError
from explorer.packing.opening import unpack
from explorer.packing.writing import pack

__all__ = ["PackError", "pack", "unpack"]
