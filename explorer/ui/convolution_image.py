"""The image a kernel slides over: drawn, drawn cell by cell, uploaded, or one of a run."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import DRAWN, drawn
from explorer.data.decode import decode_image
from explorer.data.resizing import shrunk
from explorer.runs import files
from explorer.ui import text
from explorer.ui.convolution_runs import choose_run
from explorer.ui.paste import let_paste

PATTERN, BY_HAND, UPLOAD, RUN = "Drawn", "Cell by cell", "Your picture", "Image of a run"
SIZES = (4, 48)
USUAL_SIZE = 9
LARGEST_BY_HAND = 12
UPLOADED = "convolution_upload"
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
MOST_MB = 20


def choose_image() -> np.ndarray | None:
    """Let the visitor choose an image; return it in grey, 0 to 1, (size, size), or nothing yet."""
    way = st.segmented_control(
        "Image",
        [PATTERN, BY_HAND, UPLOAD, RUN],
        default=PATTERN,
        required=True,
        key="convolution_image",
        persist_state="session",
    )
    size = st.slider(
        "Its height and width in cells",
        *SIZES,
        USUAL_SIZE,
        key="convolution_size",
        help="Up to about 14 cells the numbers can be read; larger images are shown as pictures.",
        persist_state="session",
    )
    return WAYS[way](size)


def _pattern(size):
    name = st.selectbox(
        "Picture", list(DRAWN), index=list(DRAWN).index("Circle"), key="convolution_picture"
    )
    return drawn(name, size)


def _by_hand(size):
    size = min(size, LARGEST_BY_HAND)
    if f"convolution_cells_{size}" not in st.session_state:
        st.caption(f"Click a cell and type a number from 0, black, to 1, white. {size} x {size}.")
    names = [str(place + 1) for place in range(size)]
    cells = st.data_editor(
        pd.DataFrame(drawn("Cross", size), columns=names),
        key=f"convolution_cells_{size}",
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(min_value=0.0, max_value=1.0, required=True)
            for name in names
        },
    )
    return np.nan_to_num(cells.to_numpy(float))


def _upload(size):
    file = st.file_uploader(
        "Drop a picture here, choose one, or paste it (Ctrl+V)",
        TYPES,
        max_upload_size=MOST_MB,
        key=UPLOADED,
    )
    let_paste(UPLOADED)
    if file is None:
        return None
    try:
        pixels = decode_image(file.getvalue(), image_size=size, channels=1)
    except ValueError as error:
        st.error(f"{text.plain(file.name)}: {text.plain(error)}", icon=":material/broken_image:")
        return None
    return pixels[..., 0] / 255


def _of_run(size):
    known = [run for run in runs.list_runs() if has_images(run)]
    if not known:
        st.info("No run has kept images. Train one on the page Trainer.", icon=":material/image:")
        return None
    left, right = st.columns(2)
    run = choose_run(left, known, key="convolution_image_run")
    image = choose_probe_image(run, right, key="convolution_probe")
    return None if image is None else shrunk(image.mean(axis=-1) / 255, size)


def has_images(run: runs.Run) -> bool:
    """Say whether a run kept the images it was recorded on."""
    return (run.folder / files.PROBE).exists()


def choose_probe_image(run: runs.Run, place, *, key: str) -> np.ndarray | None:
    """Let the visitor choose one of the images a run was recorded on.

    Returns:
        Its pixels, 0 to 255, (height, width, channels); nothing where they cannot be read.
    """
    try:
        images, labels = run.probe()
    except (runs.RunError, OSError, KeyError) as error:
        st.error(text.plain(error), icon=":material/broken_image:")
        return None
    names = run.description.get("data", {}).get("class_names") or []
    number = place.selectbox(
        "Image",
        range(len(images)),
        format_func=lambda one: f"{one + 1}: {_class_name(names, labels[one])}",
        key=f"{key}_{run.id}",
    )
    return images[number]


def _class_name(names, number):
    return names[number] if number < len(names) else f"class {number}"


WAYS = {PATTERN: _pattern, BY_HAND: _by_hand, UPLOAD: _upload, RUN: _of_run}
