"""The picture a kernel slides over: drawn, drawn cell by cell, uploaded, or an image of a run."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import DRAWN, drawn, drawn_in_color
from explorer.charts.montage import montage, to_png
from explorer.data.decode import decode
from explorer.data.resizing import shrunk
from explorer.ui import linked, text
from explorer.ui.convolution_runs import choose_image_of, choose_run, has_images
from explorer.ui.matrix_editor import edit_matrix
from explorer.ui.paste import let_paste

PATTERN, BY_HAND, UPLOAD, RUN = "drawn", "cells", "upload", "run"
WAY_WORDS = {
    PATTERN: "Drawn",
    BY_HAND: "Cell by cell",
    UPLOAD: "Yours",
    RUN: "From a run",
}
IN_COLOR = "Colours"
LARGEST = 48
USUAL_DRAWN, USUAL_HAND, USUAL_PHOTO = 9, 7, 32
LARGEST_BY_HAND = 12
SMALL_PIXELS = 88
UPLOADED = "convolution_upload"
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
MOST_MB = 20
SIZE_HELP = "Up to about 12 cells the numbers can be read; larger images are shown as pictures."
PARAMETERS = {
    PATTERN: ("picture", "size"),
    BY_HAND: ("drawing", "drawing_size"),
    UPLOAD: ("pixels",),
    RUN: ("image_run", "image_number", "pixels"),
}


def choose_picture() -> np.ndarray | None:
    """Let the visitor choose a picture.

    Returns:
        From 0, dark, to 1, light, in one channel or three, (size, size, channels); nothing while
        there is none.
    """
    left, middle, right = st.columns([5, 4, 3], gap="medium")
    way = linked.choose(
        left.segmented_control,
        "Picture",
        list(WAY_WORDS),
        "image",
        required=True,
        format_func=WAY_WORDS.get,
    )
    every = {one for names in PARAMETERS.values() for one in names}
    linked.forget(*every.difference(PARAMETERS[way]))
    return WAYS[way](middle, right)


def _choose_size(place, most, usual, parameter) -> int:
    words = "Height and width in cells"
    return linked.choose_number(place.slider, words, 1, most, usual, parameter, help=SIZE_HELP)


def _pattern(middle, right):
    name = linked.choose(
        middle.selectbox, "Which one", [*DRAWN, IN_COLOR], "picture", usual="Circle"
    )
    size = _choose_size(right, LARGEST, USUAL_DRAWN, "size")
    return drawn_in_color(size) if name == IN_COLOR else drawn(name, size)[..., None]


def _by_hand(middle, right):
    size = _choose_size(right, LARGEST_BY_HAND, USUAL_HAND, "drawing_size")
    middle.caption("Click a cell below and type a number from 0, black, to 1, white.")
    return edit_matrix("drawing", drawn("Cross", size), "drawing", least=0.0, most=1.0)[..., None]


def _upload(middle, right):
    with middle:
        file = st.file_uploader(
            "Drop a picture here, choose one, or paste it (Ctrl+V)",
            TYPES,
            max_upload_size=MOST_MB,
            key=UPLOADED,
        )
        let_paste(UPLOADED)
    size = _choose_size(right, LARGEST, USUAL_PHOTO, "pixels")
    if file is None:
        st.info("Give a picture: it stays on this page.", icon=":material/add_photo_alternate:")
        return None
    try:
        return decode(file.getvalue(), image_size=size).pixels / 255
    except ValueError as error:
        st.error(
            f"{text.plain(file.name)} cannot be shown: {text.plain(error)}. Give another picture.",
            icon=":material/broken_image:",
        )
        return None


def _of_run(middle, right):
    known = [run for run in runs.list_runs() if has_images(run)]
    if not known:
        st.info("No run has kept images. Train one on the page Trainer.", icon=":material/image:")
        return None
    first, second = middle.columns(2)
    run = choose_run(first, known, "image_run")
    image = choose_image_of(run, second, "image_number")
    size = _choose_size(right, LARGEST, USUAL_PHOTO, "pixels")
    return None if image is None else in_cells(image, size)


def show_in_color(place, picture: np.ndarray):
    """Show a small picture with all its channels at once. (size, size, 3)"""
    pixels = np.rint(picture * 255).astype(np.uint8)[None]
    shown = montage(pixels, columns=1, scale=max(1, SMALL_PIXELS // len(picture)))
    place.image(to_png(shown), width=SMALL_PIXELS, output_format="PNG", alt="The picture in colour")


def in_cells(image: np.ndarray, size: int) -> np.ndarray:
    """Bring pixels from 0 to 255 to cells from 0 to 1. (size, size, channels)"""
    channels = [shrunk(image[..., channel] / 255, size) for channel in range(image.shape[-1])]
    return np.stack(channels, axis=-1)


WAYS = {PATTERN: _pattern, BY_HAND: _by_hand, UPLOAD: _upload, RUN: _of_run}
