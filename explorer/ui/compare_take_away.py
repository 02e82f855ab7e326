"""What a visitor takes away from a comparison: one HTML file, tables, pictures."""

import re
from contextlib import closing

import streamlit as st

from explorer import runs
from explorer.analysis.timeline import Timeline
from explorer.charts.over_steps import VIEWS
from explorer.charts.recorded import mode_labels, recorded_in_any
from explorer.exports.client import ExportError, prepare
from explorer.exports.comparison import CURVES, KERNEL, Comparison, recorded_anywhere
from explorer.exports.tables import values_steps
from explorer.exports.worker import ALL_TABLES, PICTURE, REPORT, TABLE, Request
from explorer.ui import compare_checkpoints, text
from explorer.ui.compare_choice import choose_mode

MADE = "take_made"
KINDS_OF_FILE = {
    "html": ("HTML", "text/html"),
    "png": ("PNG", "image/png"),
    "svg": ("SVG", "image/svg+xml"),
    "csv": ("CSV", "text/csv"),
    "zip": ("ZIP", "application/zip"),
}
CHART_WORDS = {
    CURVES: "Curves",
    "weights": "Distribution of the weights",
    "gradients": "Distribution of the gradients",
    "updates": "Distribution of the updates",
    "activations": "Distribution of the activations",
    KERNEL: "Weights themselves",
}
TABLE_WORDS = {
    "metrics": "Loss, accuracy, learning rate and gradient norm, a row a step",
    "kernels": "Update ratio and share of zero gradients, a row a kernel and step",
    "distributions": "Distributions of the tensor, a row a bin and step",
    "percentiles": "Percentiles of the tensor, a row a percentile and step",
    "values": "Single weights and gradients of the tensor, a row a value and step",
    ALL_TABLES: "All of these, in a ZIP",
}


def show(chosen: list[runs.Run]):
    """Show what can be taken away of two runs."""
    if not any(len(run.steps) for run in chosen):
        st.info(
            "Neither run has a recorded step yet: there is nothing to take away.",
            icon=":material/hourglass_empty:",
        )
        return
    tensor, mode = _choose_tensor(chosen), choose_mode(chosen)
    checkpoints = compare_checkpoints.compared(*chosen)
    comparison = Comparison(tuple(chosen), tensor, mode, checkpoints=checkpoints)
    with st.container(border=True):
        _show_report(comparison)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        _show_tables(comparison)
    with right, st.container(border=True):
        _show_pictures(comparison)


def _choose_tensor(chosen):
    """Offer tensors; the one that another view shows comes first."""
    known = recorded_anywhere(chosen)
    if not known:
        st.caption("Neither run has recorded tensors: only their curves can be taken away.")
        return ""
    asked = st.query_params.get("tensor")
    if st.session_state.get("take_tensor") not in (None, *known):
        del st.session_state["take_tensor"]
    return st.selectbox(
        "Tensor to take away",
        known,
        index=known.index(asked) if asked in known else 0,
        key="take_tensor",
        persist_state="session",
    )


def _show_report(comparison):
    st.subheader("The comparison as one file")
    st.markdown(
        "Verdicts, curves, distributions and weights in one HTML file, with sliders that work. "
        "It opens in any browser, from disk and without a network: keep it, send it, hand it in."
    )
    st.caption(_checkpoint_words(comparison))
    settings = {"checkpoints": comparison.checkpoints}
    _offer(_request(comparison, REPORT, settings=settings), "html", "Prepare the report")


def _checkpoint_words(comparison):
    """Say which checkpoints are in the report, or how to get them there."""
    if comparison.checkpoints:
        a, b = comparison.checkpoints
        return (
            f"With the compared checkpoints, A at step {a:,} and B at step {b:,}: their answers, "
            "the images that flipped, layers and filters."
        )
    without = [text.plain(run.name) for run in comparison.chosen if not len(run.checkpoints)]
    if not without:
        return "Compare two checkpoints under Checkpoints, and what is found is in the file, too."
    return f"Without checkpoints: {' and '.join(dict.fromkeys(without))} kept none."


def _show_tables(comparison):
    st.subheader("Numbers")
    table = st.selectbox("Table", list(TABLE_WORDS), format_func=TABLE_WORDS.get, key="take_table")
    st.caption(
        "CSV of every recorded step, NaN and Infinity written as words. Rows and columns count "
        "from 1. Names that a spreadsheet would run as a formula begin with an apostrophe."
    )
    _say_what_is_thinned(comparison, table)
    if table == ALL_TABLES:
        _offer(_request(comparison, ALL_TABLES), "zip", "Prepare all tables")
    else:
        _offer(_request(comparison, TABLE, table=table), "csv", "Prepare the table")


def _say_what_is_thinned(comparison, table):
    if table not in ("values", ALL_TABLES):
        return
    for place, run in enumerate(comparison.chosen):
        kept, steps = len(values_steps(comparison, place)), len(run.steps)
        if kept < steps:
            st.caption(
                f"Single values of {text.plain(run.name)} are many: {kept:,} of the {steps:,} "
                "recorded steps are taken, half of them the earliest."
            )


def _show_pictures(comparison):
    st.subheader("Pictures")
    chart = st.selectbox(
        "Chart", _charts_of(comparison), format_func=CHART_WORDS.get, key="take_chart"
    )
    settings = {}
    if chart == KERNEL:
        words = mode_labels(comparison.chosen)
        settings["colour"] = _choose("Colour is", words, "take_colour")
    elif chart != CURVES:
        settings["view"] = _choose("Over all steps as", VIEWS, "take_view")
    place = 0.0 if chart == CURVES else _choose_place(comparison.timeline)
    file_format = _choose("Format", {"png": "PNG", "svg": "SVG"}, "take_format")
    asked = {"chart": chart, "file_format": file_format, "step": place}
    st.caption("On white, whatever the theme; a PNG has twice the pixels of the page.")
    request = _request(comparison, PICTURE, settings=settings, **asked)
    _offer(request, file_format, "Prepare the picture")


def _charts_of(comparison):
    kinds = [
        name
        for name in CHART_WORDS
        if comparison.tensor in recorded_in_any(comparison.chosen, name)
    ]
    has_weights = comparison.tensor in recorded_in_any(comparison.chosen, "weights")
    return [CURVES, *kinds, *([KERNEL] if has_weights else [])]


def _choose(label, options, key):
    return st.segmented_control(
        label,
        list(options),
        format_func=options.get,
        default=next(iter(options)),
        required=True,
        key=key,
    )


def _choose_place(timeline: Timeline) -> float:
    """Let the visitor choose where the slider stands: the server cannot see the one in a chart."""
    is_share = timeline.mode == "share"
    return st.select_slider(
        "Share of the training" if is_share else "Training step",
        timeline.places.tolist(),
        format_func=(lambda place: text.percent(place, 1)) if is_share else text.count,
        key=f"take_place_{timeline.mode}",
    )


def _request(comparison, what, *, settings=None, **asked):
    run_a, run_b = (str(run.folder) for run in comparison.chosen)
    choices = {"tensor": comparison.tensor, "mode": comparison.mode, **(settings or {})}
    grown = tuple((len(run.steps), run.status) for run in comparison.chosen)
    return Request(what, run_a, run_b, choices, **asked), grown


def _offer(asked, file_format, label):
    """Show a button that prepares a file, and once it is there, the file."""
    request, grown = asked
    made = st.session_state.setdefault(MADE, {})
    slot = TABLE if request.what == ALL_TABLES else request.what
    key = (request.to_json(), grown)
    words, mime = KINDS_OF_FILE[file_format]
    if st.button(label, key=f"prepare_{slot}", icon=":material/build:"):
        made.pop(slot, None)
        content = _prepare(request)
        if content is not None:
            made[slot] = (key, content)
    if slot in made and made[slot][0] == key:
        content = made[slot][1]
        st.download_button(
            f"Download {words}, {text.size(len(content))}",
            content,
            file_name=file_name(request, file_format),
            mime=mime,
            key=f"download_{slot}",
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )


def _prepare(request):
    """Wait for the process that makes it, showing how far it is; `None` when that failed."""
    bar = st.progress(0.0, text="Starting")
    try:
        with closing(prepare(request)) as stages:
            for stage in stages:
                bar.progress(stage.share, text=text.plain(stage.words))
    except ExportError as error:
        st.error(text.plain(error), icon=":material/error:")
        return None
    finally:
        bar.empty()
    return stage.content


def file_name(request: Request, file_format: str) -> str:
    """Name a file after its runs, with nothing in it that a file system minds."""
    ids = (re.sub(r"[^\w.-]+", "-", path.rsplit("/", 1)[-1])[:48] for path in _folders(request))
    part = request.chart or request.table or request.what
    return f"{'-and-'.join(ids)}-{part}.{file_format}"


def _folders(request):
    return dict.fromkeys((request.run_a, request.run_b))
