"""Opening what people already have: a TensorBoard log, or checkpoints, as a ZIP.

Only an upload is taken here, no path: whoever may look at this page need not be allowed to read
the folders of the server. For those there is `python -m explorer import`.
"""

import threading
from pathlib import Path

import streamlit as st

from explorer import disk
from explorer.imports.bringing import bring_in
from explorer.imports.words import names_between_commas
from explorer.models.values import VALUES
from explorer.paths import cache_dir
from explorer.runs.hidden import hidden_folder
from explorer.runs.writable import why_no_new
from explorer.training.jobs import checked_name
from explorer.ui import text
from explorer.ui.address import go_to_runs

MOST_MB = 200
USUAL_SECONDS = 30
GIVEN_FILE = ".given-"
GIVEN = "import_given"  # how many files were made into runs: the next one gets a fresh uploader


@st.cache_resource(show_spinner=False)
def _turn() -> threading.Lock:
    """Let one import at a time work: each may take some gigabytes."""
    return threading.Lock()


def show():
    """Show the panel, folded."""
    with st.expander("Open a TensorBoard log, or checkpoints", icon=":material/move_to_inbox:"):
        st.markdown(
            "Give a ZIP of a log folder (`events.out.tfevents…`), or of checkpoints that Keras "
            "saved along a training (`epoch-01.keras`, `ckpt-00100.weights.h5`). It becomes a run "
            "like others; what it lacks is said. A folder on the server's machine is opened there "
            "with `python -m explorer import FOLDER`."
        )
        if why := why_no_new():
            st.info(text.plain(why), icon=":material/lock:")
            return
        number = st.session_state.setdefault(GIVEN, 0)
        file = st.file_uploader(
            "ZIP of a log or of checkpoints",
            "zip",
            max_upload_size=MOST_MB,
            key=f"import_file_{number}",
        )
        if file is not None:
            _ask_and_open(file, number)


def _ask_and_open(file, number: int):
    left, right = st.columns(2)
    name = left.text_input("Name of the run", Path(file.name).stem[:60], key=f"import_as_{number}")
    per_epoch = right.number_input(
        "Steps per epoch, if known",
        min_value=1,
        value=None,
        key=f"import_per_epoch_{number}",
        help="How many weight updates an epoch had. Without it a step may be an epoch.",
    )
    left, middle, right = st.columns(3)
    part = left.text_input(
        "Of a log: which run",
        key=f"import_part_{number}",
        placeholder="the only one",
        help="For a log with several runs: the folder of one of them.",
    )
    classes = middle.text_input(
        "Of checkpoints: classes",
        key=f"import_classes_{number}",
        placeholder="cat, dog",
        help="Their names with commas between them, in the order of the network's answers. "
        "Without them classes have numbers.",
    )
    values = right.selectbox(
        "Of checkpoints: values expected",
        list(VALUES),
        index=None,
        key=f"import_values_{number}",
        placeholder="as the network tells",
        help="What the brightness of a pixel was when the network was trained: by default 0 to 1, "
        "or 0 to 255 where the network scales it itself. With the wrong values it answers "
        "nonsense.",
    )
    if st.button("Open as a run", type="primary", key=f"import_{number}"):
        options = {
            "steps_per_epoch": per_epoch,
            "part": part.strip() or None,
            "class_names": names_between_commas(classes),
            "values": values,
        }
        _open(file, name, options)


def _open(file, name: str, options: dict):
    """Make a run and go to it; say in one line what went wrong."""
    turn = _turn()
    if not turn.acquire(blocking=False):
        st.warning(
            "Another import is at work on this machine. Try again in a moment.",
            icon=":material/hourglass_top:",
        )
        return
    bar = st.empty()
    try:
        run = _make(file, checked_name(name), options, bar)
    except (ValueError, OSError) as error:
        bar.error(text.plain(error), icon=":material/error:")
        return
    finally:
        turn.release()
    st.session_state[GIVEN] += 1
    go_to_runs([run.id])


def _make(file, name, options, bar):
    def passed(seconds):
        words = f"Reading it in a process of its own, {text.duration(seconds)}"
        bar.progress(min(0.95, seconds / USUAL_SECONDS), text=words)

    cache_dir().mkdir(parents=True, exist_ok=True)
    disk.check_free(cache_dir(), file.size, "The file")
    with hidden_folder(cache_dir(), GIVEN_FILE) as folder:
        kept = folder / "given.zip"
        kept.write_bytes(file.getbuffer())
        options["from"] = Path(file.name).stem[:60]
        return bring_in(kept, name, tell=passed, **options)
