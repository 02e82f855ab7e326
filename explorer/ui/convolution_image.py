"""The image a kernel slides over: drawn, drawn cell by cell, uploaded, or one of a run."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import DRAWN, drawn
from explorer.data.decode import decode_image
from explorer.data.resizing import shrunk
from explorer.ui import text
from explorer.ui.paste import let_paste
from explorer.ui.run_facts import label

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
    name = st.selectbox("Picture", list(DRAWN), index=list(DRAWN).index("Circle"))
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
    known = [run for run in runs.list_runs() if run.probe() is not None]
    if not known:
        st.info("No run has kept images. Train one on the page Trainer.", icon=":material/image:")
        return None
    left, right = st.columns(2)
    run = left.selectbox("Run", known, format_func=lambda one: label(one, known))
    images, labels = run.probe()
    names = run.description.get("data", {}).get("class_names") or []
    number = right.selectbox(
        "Image",
        range(len(images)),
        format_func=lambda one: f"{one + 1}: {_class_name(names, labels[one])}",
    )
    return shrunk(images[number].mean(axis=-1) / 255, size)


def _class_name(names, number):
    return names[number] if number < len(names) else f"class {number}"


WAYS = {PATTERN: _pattern, BY_HAND: _by_hand, UPLOAD: _upload, RUN: _of_run}
