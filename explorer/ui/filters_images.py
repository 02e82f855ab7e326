"""The images a network is shown: given by the visitor, or samples nobody trained on."""

import hashlib
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts.montage import to_png
from explorer.data.decode import REMARKS, decode, decode_image, preview
from explorer.inference import given
from explorer.inference.samples import validation_sample
from explorer.ui import text
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown, show_images
from explorer.ui.paste import let_paste

UPLOAD, SAMPLES, CAMERA = "Your picture", "Samples of the run", "Camera"
UPLOADED = "filters_upload"
TYPES = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
MOST_MB = 20
MOST_IMAGES = 8
MOST_SAMPLES = 200
MOST_DECODED = 64  # kept for all visitors: small pictures
CAMERA_PIXELS = 480
PHOTO = "Photo of the camera"
LONGEST_NAME = 40  # characters


def choose_images(network: Network) -> list[Shown]:
    """Let the visitor give images or choose samples; show them beside what the network sees."""
    samples = _samples(network)
    options = [UPLOAD, SAMPLES, CAMERA] if samples else [UPLOAD, CAMERA]
    way = st.segmented_control(
        "Images",
        options,
        default=SAMPLES if samples else UPLOAD,
        required=True,
        key="filters_images",
        persist_state="session",
    )
    if way == SAMPLES:
        shown = _choose_samples(samples)
    elif way == CAMERA:
        photo = st.camera_input("Take a picture", key="filters_camera", width=CAMERA_PIXELS)
        shown = _prepared([(PHOTO, photo)] if photo else [], network)
    else:
        files = st.file_uploader(
            "One picture or several: drop them here, choose them, or paste them (Ctrl+V)",
            TYPES,
            accept_multiple_files=True,
            max_upload_size=MOST_MB,
            key=UPLOADED,
        )
        let_paste(UPLOADED)
        if len(files) > MOST_IMAGES:
            st.warning(
                f"{len(files)} pictures were given; the first {MOST_IMAGES} are shown.",
                icon=":material/photo_library:",
            )
        shown = _prepared([(file.name, file) for file in files[:MOST_IMAGES]], network)
    show_images(shown)
    return shown


def _samples(network) -> list[Shown]:
    """Return images that nobody trained on, with their classes; none for a network from elsewhere.

    They are validation images where these are still prepared, else those whose activations were
    recorded.
    """
    if network.run is None:
        return []
    try:
        found = _validation_images(network.run.folder, network.run.description.get("created"))
        found = network.run.probe() if found is None else found
    except runs.RunError as error:
        st.warning(f"There are no samples. {text.plain(error)}", icon=":material/warning:")
        return []
    if found is None:
        return []
    images, labels = found
    return [
        Shown(
            name=f"{network.class_names[label]} ({number + 1})",
            kept="",
            original=pixels,
            pixels=pixels,
            label=int(label),
        )
        for number, (pixels, label) in enumerate(
            zip(images.astype(np.uint8), labels.tolist(), strict=True)
        )
    ]


@st.cache_resource(max_entries=8, show_spinner=False)
def _validation_images(folder, created):
    """Choose some validation images of every class, always the same ones."""
    return validation_sample(runs.open_run(folder), MOST_SAMPLES)


def choose_one(images: list[Shown], *, key: str) -> Shown:
    """Let the visitor choose one of several images; a single one needs no choice."""
    if len(images) == 1:
        return images[0]
    number = st.segmented_control(
        "Image",
        range(len(images)),
        format_func=lambda place: text.plain(images[place].name),
        default=0,
        required=True,
        key=f"{key} {len(images)}",
    )
    return images[number]


def prepared_for(image: Shown, *, image_size: int, channels: int, fit: str) -> np.ndarray:
    """Prepare an image as another network takes it.

    Args:
        image: From `choose_images`.
        image_size: Width and height of the other network's images.
        channels: 1 or 3.
        fit: `"crop"` or `"pad"`.

    Returns:
        The pixels. (image_size, image_size, channels) uint8

    Raises:
        ValueError: The image cannot be read.
    """
    content = image.content or to_png(image.pixels)
    return decode_image(content, image_size=image_size, channels=channels, fit=fit)


def _choose_samples(samples) -> list[Shown]:
    by_number = dict(enumerate(samples))
    chosen = st.multiselect(
        "Samples, of the images it did not train on",
        list(by_number),
        default=[0],
        format_func=lambda number: by_number[number].name,
        max_selections=MOST_IMAGES,
        key=f"filters_samples_{len(samples)}",
        placeholder="Choose one or several",
    )
    try:
        return [replace(one, kept=given.keep(one.pixels)) for one in map(by_number.get, chosen)]
    except OSError as error:
        _say_not_kept("The samples", error)
        return []


def _prepared(files, network) -> list[Shown]:
    shown = []
    for full_name, file in files:
        name = short_name(full_name)
        try:
            shown.append(_prepare(name, file.getvalue(), network))
        except ValueError as error:
            st.error(
                f"{text.plain(name)} cannot be shown to the network: "
                f"{text.plain(error)}. Give another picture.",
                icon=":material/broken_image:",
            )
        except OSError as error:
            _say_not_kept(text.plain(name), error)
    return shown


def _say_not_kept(what, error):
    st.error(
        f"{what} cannot be kept ({text.plain(error.strerror or error)}). Make room on the disk "
        "and try again.",
        icon=":material/error:",
    )


def short_name(name: str) -> str:
    """Leave out the middle of a long name, so that it fits below a picture.

    >>> short_name("a" * 30 + "b" * 30 + ".png")
    'aaaaaaaaaaaaaaaaaaaaaaaa…bbbbbbbbbbb.png'
    """
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 16]}…{name[-15:]}"


def ask_for_image(network: Network, why: str):
    """Say in a part of the page that it needs an image, and where to get one.

    Args:
        network: The network.
        why: What will be shown, such as `"its maps are shown here"`.
    """
    ways = "Give an image above" + (" or choose a sample" if _samples(network) else "")
    st.info(f"{ways}: {why}.", icon=":material/add_photo_alternate:")


def _prepare(name, content, network) -> Shown:
    digest = hashlib.sha256(content).hexdigest()
    pixels, original, remarks = _decoded(
        digest, network.image_size, network.channels, network.fit, _content=content
    )
    return Shown(name, given.keep(pixels), original, pixels, remarks, content=content)


@st.cache_data(max_entries=MOST_DECODED, show_spinner=False)
def _decoded(digest: str, image_size: int, channels: int, fit: str, *, _content: bytes):
    """Decode a file once, however often the page is drawn.

    Returns:
        The pixels for the network, those for people, and what was done to it, in words.

    Raises:
        ValueError: The file cannot be read.
    """
    as_seen = preview(_content)
    grey = channels == 1
    fitted = decode(_content, image_size=image_size, fit=fit, grey=grey, channels=channels)
    remarks = [words for key, words in REMARKS.items() if key in fitted.remarks]
    if grey and as_seen.pixels.shape[-1] == 3:
        remarks.append("in colour: made grey, as this network knows no colours")
    return fitted.pixels, as_seen.pixels, tuple(remarks)
