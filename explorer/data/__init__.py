"""The door for images: folders, ZIPs and named sets become prepared, labelled arrays."""

from explorer.data.cache import open_prepared
from explorer.data.decode import decode_image
from explorer.data.errors import DataError
from explorer.data.image_set import ImageSet, Progress, Skipped
from explorer.data.loading import load, read
from explorer.data.named import SOURCES
from explorer.data.splits import Split, split

__all__ = [
    "SOURCES",
    "DataError",
    "ImageSet",
    "Progress",
    "Skipped",
    "Split",
    "decode_image",
    "load",
    "open_prepared",
    "read",
    "split",
]
