"""An image given by the visitor or chosen: what it is, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from PIL import Image

from explorer.charts.montage import to_png
from explorer.ui import text

TILE_PIXELS = 160
SMALL_TILE_PIXELS = 80  # when there are several; two cards stand side by side on a phone
GAP_PIXELS = 4
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Shown:
    """One image and what the network sees of it.

    Args:
        name: Of the image, for people.
        kept: Its name for the inference process, see `explorer.inference.given`.
        original: As a person sees it, pixels of any shape. (height, width, 1 or 3)
        pixels: As the network gets it. (image_size, image_size, channels)
        remarks: What was done to it, in words.
        label: Its true class, where it is known.
        content: The file it comes from, to prepare it for another network.
    """

    name: str
    kept: str
    original: np.ndarray
    pixels: np.ndarray
    remarks: tuple[str, ...] = ()
    label: int | None = None
    content: bytes = field(default=b"", repr=False)


def show_images(shown: Sequence[Shown]):
    """Show images as they were given, and exactly what the network sees of each."""
    if len(shown) == 1:
        _show_large(shown[0])
        return
    row = st.container(horizontal=True, gap="small")
    for one in shown:
        picture = side_by_side(one)
        with row.container(width=picture.shape[1]):
            st.image(
                to_png(picture),
                width=picture.shape[1],
                output_format="PNG",
                alt=f"{one.name}, and beside it what the network sees",
            )
            st.caption(text.plain(one.name))
    for words in shared_remarks(shown):
        st.caption(words)
    if shown:
        st.caption(f"Each as it was given, and beside it {_seen_words(shown[0])}.")


def _show_large(one):
    size = one.pixels.shape[0]
    place = st.container(horizontal=True, gap="medium")
    original = to_png(_tile(one.original, TILE_PIXELS))
    place.image(original, caption=text.plain(one.name), output_format="PNG")
    scale = max(1, round(TILE_PIXELS / size))
    seen = one.pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    place.image(
        to_png(seen),
        width=TILE_PIXELS,
        caption=_seen_words(one).capitalize(),
        output_format="PNG",
    )
    for remark in _remarks(one):
        st.caption(remark)


def _seen_words(one) -> str:
    size = text.shape(one.pixels.shape[:2]).replace(" ", NO_BREAK)
    return f"what the network sees: {size} pixels"


def _remarks(one) -> list[str]:
    return [_sentence(remark) for remark in one.remarks]


def _sentence(remark) -> str:
    return text.plain(remark[0].upper() + remark[1:] + ".")


def shared_remarks(shown: Sequence[Shown]) -> list[str]:
    """Say every remark once, with the names of the images that it is about."""
    names: dict[str, list[str]] = {}
    for one in shown:
        for remark in one.remarks:
            names.setdefault(remark, []).append(text.plain(one.name))
    return [
        f"{'All' if len(about) == len(shown) else ', '.join(about)}: {_sentence(remark)}"
        for remark, about in names.items()
    ]


def side_by_side(one) -> np.ndarray:
    """Set an image beside what the network sees of it. (height, width, 4) uint8."""
    size = one.pixels.shape[0]
    scale = max(1, SMALL_TILE_PIXELS // size)
    seen = one.pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    seen = _tile(seen, SMALL_TILE_PIXELS) if size > SMALL_TILE_PIXELS else seen
    original = _tile(one.original, len(seen))
    height, width = original.shape[:2]
    square = np.zeros((len(seen), 2 * len(seen) + GAP_PIXELS, 4), np.uint8)
    top, left = (len(seen) - height) // 2, (len(seen) - width) // 2
    square[top : top + height, left : left + width] = _opaque(original)
    square[:, len(seen) + GAP_PIXELS :] = _opaque(seen)
    return square


def _opaque(pixels):
    colours = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    return np.concatenate([colours, np.full((*pixels.shape[:2], 1), 255, np.uint8)], axis=-1)


def _tile(pixels, longest) -> np.ndarray:
    """Bring a picture to the size of a tile; a very thin one keeps a pixel of its short side."""
    height, width = pixels.shape[:2]
    size = [max(1, round(side * longest / max(height, width))) for side in (width, height)]
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    resized = np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
    return resized[..., None] if resized.ndim == 2 else resized
