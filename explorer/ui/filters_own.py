"""A visitor's own network: its file, and what the file does not say."""

import streamlit as st

from explorer.models.values import VALUES
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.filters_files import GivenFile, given_file

OPEN = "filters_own"
MOST_MB = 128
LARGEST_IMAGE = 512
NAMES_SHOWN = 3


def choose() -> tuple[str, dict] | None:
    """Let the visitor give a file; return its title and a source, `None` while there is none."""
    file = st.session_state.get(OPEN) or _give()
    if file is None:
        return None
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"**{text.plain(file.title)}**", width="content")
    if row.button("Another file", icon=":material/swap_horiz:"):
        del st.session_state[OPEN]
        st.rerun()
    found = answer("describe_network", network={"file": file.kept})
    return None if found is None else (file.title, _source(file, found))


def _give() -> GivenFile | None:
    st.warning(
        "Only open models you trust: a saved network is a program. The file is checked, and opened "
        "in a process of its own with little room, but no check is perfect.",
        icon=":material/shield:",
    )
    file = given_file(
        "A network saved by Keras as a .keras file, for square images, ending in one score a class",
        ["keras"],
        most_mb=MOST_MB,
        holds="network",
        key="filters_own_file",
    )
    if file is not None:
        st.session_state[OPEN] = file
        st.rerun()
    return None


def _source(file, found) -> dict:
    """Ask for what the file does not say; leave away what is as it would be anyway."""
    left, middle, right = st.columns(3, gap="medium")
    usual = str(found["values"])
    values = left.selectbox(
        "Values it expects",
        list(VALUES),
        index=list(VALUES).index(usual),
        key=f"filters_values {file.kept}",
        help="What the brightness of a pixel was when the network was trained. With the wrong "
        "values it answers nonsense.",
    )
    size = int(found["image_size"])
    if found["any_size"]:
        size = middle.number_input(
            "Image size, pixels", 8, LARGEST_IMAGE, size, key=f"filters_size {file.kept}"
        )
    else:
        middle.markdown(f"Image size  \n{size} × {size} pixels")
    names = _names(right, file, len(found["class_names"]))
    changes = {
        "values": values if values != usual else None,
        "image_size": size if size != int(found["image_size"]) else None,
        "class_names": names,
    }
    return {"file": file.kept, **{key: value for key, value in changes.items() if value}}


def _names(place, file, number) -> list[str] | None:
    """Return names of the classes, one a class, if they were given."""
    written = place.text_area(
        f"Names of its {number:,} classes, one a line",
        key=f"filters_names {file.kept}",
        height="content",
        placeholder="\n".join(f"Class {place}" for place in range(min(number, NAMES_SHOWN))),
    )
    names = [line.strip() for line in written.splitlines() if line.strip()]
    if names and len(names) != number:
        st.warning(
            f"{text.count(len(names), 'name')} for {number:,} classes. Give one a line, in the "
            "order of the network's answers; until then classes have numbers.",
            icon=":material/format_list_numbered:",
        )
        return None
    return names or None
