"""Pasting pictures into a field for files, wherever on the page one presses Ctrl+V."""

import streamlit as st

# The field belongs to Streamlit, which takes dropped and chosen files alone. Files on the
# clipboard are put into its input, as if they had been chosen. Text is left to who waits for it.
JS = """
export default function ({ data }) {
    const paste = (event) => {
        const files = [...(event.clipboardData?.files ?? [])];
        const input = document.querySelector(`.st-key-${data.field} input[type=file]`);
        if (event.defaultPrevented || !files.length || !input) return;
        event.preventDefault();
        const given = new DataTransfer();
        files.forEach((file) => given.items.add(file));
        input.files = given.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
}
"""

_paste = st.components.v2.component("paste", html="<span></span>", js=JS)


def let_paste(field: str):
    """Let the visitor paste files into a field.

    Args:
        field: Key of the `st.file_uploader`.
    """
    _paste(key=f"paste_{field}", data={"field": field}, height=1)
