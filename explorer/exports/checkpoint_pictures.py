"""Pictures for the report: the images that flipped, and the filters of two checkpoints."""

import base64

import numpy as np

from explorer.charts.first_filters import Sheets, first_filters
from explorer.charts.flipped_images import (
    DIRECTIONS,
    NONE,
    ORDER,
    flipped,
    lines_of,
    whole_scale,
)
from explorer.charts.montage import to_png
from explorer.charts.report_parts import Figure, Tile
from explorer.data import open_prepared
from explorer.inference.comparison import Comparison

MOST_FLIPPED = 18  # of one direction, as the page shows before one asks for more
LEVEL = 3
GONE = "The pictures are not in the cache any more: their classes and answers alone are here."


def flipped_figures(found: Comparison) -> list[Figure]:
    """Show the images that flipped, a part a direction, the surest mistakes first."""
    sets = [_opened(key) for key in found.sets]
    return [_flipped(found, direction, sets) for direction in DIRECTIONS]


def _opened(key):
    """Open prepared images; `None` when they are gone from the cache."""
    try:
        return open_prepared(key)
    except LookupError:
        return None


def _flipped(found, direction, sets):
    places = flipped(found, direction)
    key, title = f"flipped-{direction}", f"Images that flipped: {DIRECTIONS[direction]}"
    if not len(places):
        return Figure(key, title, NONE[direction], level=LEVEL)
    tiles = [_tile(found, place, sets) for place in places[:MOST_FLIPPED]]
    gone = "" if all(tile.url for tile in tiles) else f" {GONE}"
    return Figure(key, title, f"{_how_many(len(places))}{gone}", tiles=tiles, level=LEVEL)


def _how_many(number):
    images = f"{number:,} image{'' if number == 1 else 's'}"
    most = f" The first {MOST_FLIPPED} are shown." if number > MOST_FLIPPED else ""
    return f"{images}, {ORDER}.{most}"


def _tile(found, place, sets):
    which, row = found.places[place]
    lines = lines_of(found, place)
    images = sets[which] if which < len(sets) else None
    if images is None or row >= len(images.images):
        return Tile("", (0, 0), lines)
    pixels = np.asarray(images.images[row])
    return Tile(_url(pixels), _size(pixels, whole_scale(pixels)), lines)


def filter_figures(before: dict, after: dict, names: tuple[str, str]) -> list[Figure]:
    """Show the filters that look at the image itself, of both checkpoints side by side.

    Args:
        before: All weights of checkpoint A, by name.
        after: All weights of checkpoint B, by name.
        names: What A and B are called.
    """
    return [_filters(sheets, names) for sheets in first_filters(before, after)]


def _filters(sheets: Sheets, names):
    tiles = [
        Tile(_url(picture), _size(picture, sheets.scale), [name])
        if picture is not None
        else Tile("", (0, 0), [f"{name} has no such filters."])
        for picture, name in zip(sheets.pictures, names, strict=True)
    ]
    key = f"filters-{sheets.tensor.replace('/', '-')}"
    return Figure(key, f"The filters of {sheets.tensor}", sheets.words, tiles=tiles, level=LEVEL)


def _size(pixels, scale):
    return pixels.shape[1] * scale, pixels.shape[0] * scale


def _url(pixels):
    return "data:image/png;base64," + base64.b64encode(to_png(pixels)).decode()
