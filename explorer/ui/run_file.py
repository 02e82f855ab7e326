"""Runs in one file on the page Trainer: taking one away, and opening one that somebody gave."""

import io
from functools import partial

import streamlit as st

from explorer import runs
from explorer.packing import unpack
from explorer.packing.writing import ENDING, check_can_be_packed, write
from explorer.runs import files
from explorer.runs.writable import why_no_new
from explorer.ui import text
from explorer.ui.address import go_to_runs

LARGEST_MB = 200
KNOWN = 100  # runs that were looked through
REFUSED = "run_file_refused"
NUMBER = "run_file_number"  # an uploader of another number is another one, and empty


def offer(run: runs.Run):
    """Offer a run as one file."""
    why = _why_not(run)
    st.download_button(
        "Download",
        partial(_packed, run),
        f"{run.id}{ENDING}",
        "application/zip",
        key=f"download_{run.id}",
        icon=":material/download:",
        on_click="ignore",
        disabled=why is not None,
        help=why
        or "The recording as one file, which any Convnet Explorer opens. The images the "
        "run was trained on are not in it, but for those on which activations were recorded.",
    )


def show_opening():
    """Let the visitor open a file of packed runs, and go to watch them."""
    with st.expander("Open runs from a file", icon=":material/upload_file:"):
        if why := why_no_new():
            st.info(text.plain(why), icon=":material/lock:")
            return
        number = st.session_state.setdefault(NUMBER, 0)
        file = st.file_uploader(
            f"A file of runs (`*{ENDING}`)",
            "zip",
            max_upload_size=LARGEST_MB,
            key=f"run_file_{number}",
            help="As Download above, or `python -m explorer pack`, writes it. All of it is looked "
            "through before its runs are seen; they are settings and numbers, and no code.",
        )
        if file is not None:
            _open(file)


def _open(file):
    """Open an upload; what is said stays until the visitor takes the file away."""
    known, why = st.session_state.get(REFUSED, (None, ""))
    if known != file.file_id:
        with st.spinner("Looking through the file"):
            # What was done is noted at once: a click meanwhile draws the page anew.
            opened, why = _opened(file)
            if not why:
                st.session_state[NUMBER] += 1
            st.session_state[REFUSED] = (file.file_id, why)
        if not why:
            go_to_runs([run.id for run in opened][:2])
    if why:
        st.error(text.plain(why), icon=":material/error:")


def _opened(file):
    """Return the runs of a file, or why it is refused."""
    try:
        return unpack(file), ""
    except (ValueError, OSError) as error:
        return [], str(error)


def _packed(run):
    check_can_be_packed([run])
    file = io.BytesIO()
    write([run], file)
    return file


def _why_not(run):
    if run.is_live:
        return "A run is packed when it has ended."
    if run.size_bytes() > LARGEST_MB * 1e6:
        return f"More than {LARGEST_MB} MB: pack it from a shell with python -m explorer pack."
    try:
        changed = (run.folder / files.RUN).stat().st_mtime_ns
    except OSError:
        return "The run has been deleted."
    why = _why_damaged(str(run.folder), changed, run.size_bytes())
    return text.plain(why) if why else None


@st.cache_data(max_entries=KNOWN, show_spinner=False)
def _why_damaged(folder: str, changed: int, num_bytes: int) -> str:
    """Say why a run cannot be packed; looked for anew when it has changed."""
    try:
        check_can_be_packed([runs.open_run(folder)])
    except (ValueError, OSError) as error:
        return str(error)
    return ""
