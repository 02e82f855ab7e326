"""Which images to learn from: the choice, the reading, and what came in."""

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import data
from explorer.charts.data import class_balance
from explorer.disk import NoRoomError
from explorer.training.spec import TrainingSpec
from explorer.ui import text
from explorer.ui.field_words import LABELS
from explorer.ui.loading import DataChoice, keep_upload, read_images
from explorer.ui.pictures import sample_grid

SOURCE_LABELS = {
    "bundled": "Nine cartoon characters (bundled)",
    "digits": "Handwritten digits, small (scikit-learn)",
    "mnist": "MNIST digits",
    "fashion-mnist": "Fashion-MNIST",
    "cifar-10": "CIFAR-10 photographs",
    "upload": "Upload a ZIP of class folders",
    "folder": "A folder or ZIP on the server's machine",
}
OWN_SOURCES = ("upload", "folder")
IMAGE_SIZES = (16, 24, 28, 32, 48, 64, 96, 128)
COLOR_LABELS = {"auto": "As in the files", "grey": "Grey", "rgb": "Colour"}
FIT_LABELS = {"crop": "Crop to a square", "pad": "Keep all, pad"}
LARGEST_ZIP_MB = 200
LARGEST_CSV_MB = 10


def choose_data() -> DataChoice | None:
    """Show the inputs; return the choice, or `None` while something is missing."""
    sources = [name for name in SOURCE_LABELS if name in data.SOURCES or name in OWN_SOURCES]
    asked = st.query_params.get("images")
    if "trainer_source" not in st.session_state and asked in sources:
        st.session_state["trainer_source"] = asked
    source = st.selectbox(
        "Images",
        sources,
        format_func=SOURCE_LABELS.get,
        key="trainer_source",
        persist_state="session",
    )
    if source in data.SOURCES:
        st.caption(data.SOURCES[source])
    path, groups = {"upload": _uploaded, "folder": _on_server}.get(source, lambda: (source, None))()
    sized = _size_and_color()
    return DataChoice(path, *sized, groups) if path else None


def _size_and_color() -> tuple[int, str, str]:
    default = TrainingSpec()
    image_size = st.select_slider(
        "Image size, pixels",
        IMAGE_SIZES,
        default.image_size,
        key="trainer_image_size",
        persist_state="session",
        help="Every image is fitted to a square of this width and height.",
    )
    color = st.segmented_control(
        "Colour",
        COLOR_LABELS,
        default=default.color,
        required=True,
        format_func=COLOR_LABELS.get,
        key="trainer_color",
        persist_state="session",
    )
    fit = st.segmented_control(
        "Images that are not square",
        FIT_LABELS,
        default=default.fit,
        required=True,
        format_func=FIT_LABELS.get,
        key="trainer_fit",
        persist_state="session",
    )
    return image_size, color, fit


def choose_validation_share() -> float:
    """Show the input; return the share of the images that are never trained on."""
    percent = st.slider(
        LABELS["validation_share"],
        5,
        50,
        round(100 * TrainingSpec().validation_share),
        5,
        format="%d %%",
        key="trainer_validation",
        persist_state="session",
        help="These images are never trained on. How many of them are classified correctly tells "
        "what the network learned, not what it knows by heart.",
    )
    return percent / 100


def _uploaded() -> tuple[str | None, str | None]:
    """Take an archive and a groups file; both leave the session's memory at once."""
    archive = _upload("ZIP of class folders", "zip", LARGEST_ZIP_MB, "trainer_archive")
    groups = _upload("Groups CSV (optional)", "csv", LARGEST_CSV_MB, "trainer_groups")
    st.caption(
        "One folder a class, at any depth; the folder's name is the class. The optional CSV has "
        "the columns `file,group` and names near-duplicates, which then never sit in training "
        "and validation at once. Without it they are looked for."
    )
    return archive, groups


def _upload(label: str, ending: str, largest_mb: int, key: str) -> str | None:
    """Show an uploader until a file came in, then the file's name; return where it lies."""
    kept = st.session_state.get(key)
    if kept:
        name, path = kept
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.text(f"{label}: {name}")
        right.button(
            "Remove",
            key=f"{key}_remove",
            type="tertiary",
            on_click=st.session_state.pop,
            args=(key, None),
        )
        return path
    file = st.file_uploader(label, ending, max_upload_size=largest_mb, key=f"{key}_file")
    if file is not None:
        _keep(file, key)
    return None


def _keep(file, key: str):
    """Copy an upload to the cache; the uploader then goes, and with it the copy in memory."""
    try:
        path = keep_upload(file.name, file.getbuffer())
    except (OSError, NoRoomError) as error:
        st.error(text.plain(f"The file could not be kept on the server. {error}"))
        return
    st.session_state[key] = (file.name, str(path))
    _let_go(file)
    st.rerun()


def _let_go(file):
    """Drop an upload from the server's memory, where it would stay until the session ends."""
    context = get_script_run_ctx()
    if context is not None and hasattr(context.uploaded_file_mgr, "remove_file"):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _on_server() -> tuple[str | None, str | None]:
    path = st.text_input(
        "Path of the folder or ZIP",
        key="trainer_path",
        persist_state="session",
        placeholder="/home/me/pictures",
        help="One folder a class. The path is opened on the machine this app runs on.",
    )
    groups = st.text_input(
        "Path of a groups CSV (optional)", key="trainer_groups_path", persist_state="session"
    )
    return path.strip() or None, groups.strip() or None


def read_with_progress(choice: DataChoice) -> data.ImageSet | None:
    """Read the images and show how far that is; show one clear line when they cannot be used."""
    bar = st.empty()
    try:
        for item in read_images(choice):
            if isinstance(item, data.Progress):
                bar.progress(*_progress(item))
    except (data.DataError, OSError) as error:
        bar.error(text.plain(error), icon=":material/error:")
        return None
    bar.empty()
    return item


def _progress(item: data.Progress) -> tuple[float, str]:
    if not item.total:
        return 0.0, text.plain(f"{item.what}: {text.count(item.done)}")
    share = min(item.done / item.total, 1.0)
    return share, text.plain(f"{item.what}: {text.count(item.done)} of {text.count(item.total)}")


@st.cache_data(max_entries=16, show_spinner=False)
def split_of(key: str, _images: data.ImageSet, validation_share: float, seed: int) -> data.Split:
    """Return which images are for training and which for validation."""
    return _images.split(validation_share=validation_share, seed=seed)


@st.cache_data(max_entries=8, show_spinner=False)
def _grid(key: str, _images: data.ImageSet) -> np.ndarray:
    return sample_grid(_images.images, _images.labels)


def show_images(images: data.ImageSet, validation_share: float) -> bool:
    """Show samples, balance and numbers; return whether the set can be split and trained on."""
    seed = int(st.session_state.get("trainer_seed", TrainingSpec().seed))
    try:
        split = split_of(images.key, images, validation_share, seed)
    except data.DataError as error:
        st.error(text.plain(error), icon=":material/error:")
        return False
    _show_numbers(images, split)
    _show_pictures(images, split)
    _show_near_duplicates(images.near_duplicate_share)
    for note in images.notes:
        st.caption(text.plain(note))
    _show_skipped(images.skipped)
    return True


def _show_pictures(images: data.ImageSet, split: data.Split):
    shown = min(len(images.class_names), 10)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.image(
        _grid(images.key, images),
        width="stretch",
        output_format="PNG",
        alt=f"Samples of {text.count(shown, 'class', 'classes')}, a row each",
    )
    right.altair_chart(
        class_balance(
            images.labels, images.class_names, train=split.train, validation=split.validation
        ),
        alt=f"Number of images in each of {len(images.class_names)} classes",
    )


def _show_numbers(images: data.ImageSet, split: data.Split):
    numbers = {
        "Images": len(images.labels),
        "Classes": len(images.class_names),
        "For training": len(split.train),
        "For validation": len(split.validation),
    }
    with st.container(horizontal=True, gap="large"):
        for label, number in numbers.items():
            st.metric(label, text.count(number), width="content")


def _show_near_duplicates(share: float):
    if share == 0:
        st.caption("No near-duplicates were found.")
        return
    st.caption(
        f"{text.percent(share)} of the images have a near-duplicate. Near-duplicates always stay "
        "on the same side of the split: a network recognises a near-copy of an image it was "
        "trained on, and the validation accuracy would promise too much."
    )


def _show_skipped(skipped: tuple[data.Skipped, ...]):
    if not skipped:
        return
    with st.expander(f"{text.count(len(skipped), 'file')} skipped", icon=":material/warning:"):
        frame = pd.DataFrame([(item.file, item.reason) for item in skipped])
        frame.columns = ["File", "Reason"]
        st.dataframe(frame, hide_index=True, alt="Files that were skipped, and why")
