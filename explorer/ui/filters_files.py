"""Taking files of networks from a visitor: kept, checked in a process of their own, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.models import kept_files
from explorer.models.checking import check_apart
from explorer.ui import text

CHECKED = "filters_checked_files"


@dataclass(frozen=True)
class GivenFile:
    """A file that passed the check.

    Args:
        kept: Its name for the inference process, see `explorer.models.kept_files`.
        title: What it was called.
    """

    kept: str
    title: str


def given_file(
    label: str, types: Sequence[str], *, most_mb: int, holds: str, key: str
) -> GivenFile | None:
    """Let the visitor give a file; return it if it may be opened, else say why not.

    Args:
        label: Above the field.
        types: Endings of names.
        most_mb: Largest size.
        holds: `"network"` or `"weights"`, see `check_apart`.
        key: Of the field.
    """
    file = st.file_uploader(label, list(types), max_upload_size=most_mb, key=key)
    if file is None:
        return None
    checked = st.session_state.setdefault(CHECKED, {})
    if file.file_id not in checked:
        with st.spinner("Checking the file…"):
            checked[file.file_id] = _check(file, holds)
    result = checked[file.file_id]
    if isinstance(result, GivenFile):
        return result
    st.error(
        f"{text.plain(file.name)} is not opened. {text.plain(result)}", icon=":material/block:"
    )
    return None


def _check(file, holds) -> GivenFile | str:
    """Keep a file and check it; return why it is refused, in words."""
    try:
        name = kept_files.keep(file)
    except ValueError as error:
        return str(error)
    except OSError as error:
        return f"It cannot be kept ({error.strerror or error}). Make room on the disk."
    try:
        check_apart(kept_files.find(name), holds=holds)
    except (ValueError, OSError) as error:
        kept_files.forget(name)
        return str(error)
    return GivenFile(name, file.name)
