"""Scrubbing: one layer's weights and gradients through training, for one or two runs."""

import streamlit as st

from explorer import runs
from explorer.charts.palette import RUN_COLORS
from explorer.runs.source import why_no
from explorer.ui import text
from explorer.ui.import_words import say_why_not
from explorer.ui.play import play_button
from explorer.ui.recordings import scrub_chart, shared_layers, tensors_of, timeline

PLACE = "scrubber"
GAP_PIXELS = 40
SIDE_BY_SIDE = 900
EVERY_SECONDS = 4.0


def show_scrubber(chosen: list[runs.Run]):
    """Show the choice of layer, and below it the charts with their sliders."""
    recorded = [run for run in chosen if _is_recorded(run)]
    tensor = _choose(recorded) if recorded else None
    every = EVERY_SECONDS if any(run.is_live for run in chosen) else None
    draw = st.fragment(_draw, run_every=every)
    draw([str(run.folder) for run in chosen], [run.id for run in recorded], tensor)


def _is_recorded(run: runs.Run) -> bool:
    return bool(len(run.steps) and run.tensors("weights"))


def _choose(recorded: list[runs.Run]) -> str:
    with_gradients = any(run.tensors("gradients") for run in recorded)
    st.header(f"Weights{' and gradients' if with_gradients else ''}, step by step")
    st.markdown(_slider_words(recorded))
    say_why_not(recorded, "values", "counts")
    return _choose_tensor(recorded)


def _slider_words(recorded: list[runs.Run]) -> str:
    """Say how the slider is moved, and what a step is, of what these runs have."""
    words = ["Drag the slider, or click it and use the arrow keys."]
    if all(len(run.steps) == 1 and not run.is_live for run in recorded):
        words = ["There is one step alone, and no slider."]
    if any(run.steps[0] == 0 and not run.source for run in recorded):
        words.append("Step 0 is the network before its first update.")
    if any(run.tensors("gradients") for run in recorded):
        words.append("Gradients are those of the update that follows.")
    return " ".join(words)


def _choose_tensor(recorded: list[runs.Run]) -> str:
    left, right = st.columns(2, vertical_alignment="bottom")
    layer = _choose_layer(shared_layers(recorded), left)
    run = recorded[0]
    tensors = tensors_of(run, layer)
    if len(tensors) == 1:
        return tensors[0]
    name = right.segmented_control(
        "Tensor",
        [item.rpartition("/")[2] for item in tensors],
        default=tensors[0].rpartition("/")[2],
        required=True,
        key=f"tensor_of_{layer}",
    )
    return f"{layer}/{name}"


def _choose_layer(layers: list[str], place) -> str:
    asked = st.query_params.get("layer")
    if asked is not None and asked not in layers:
        st.warning(
            "The link names a layer that this run does not have. The first layer is shown.",
            icon=":material/link_off:",
        )
    if st.session_state.get("layer") not in (None, *layers):
        del st.session_state["layer"]
    return place.selectbox("Layer", layers, key="layer", bind="query-params")


def _draw(folders: list[str], recorded: list[str], tensor: str | None):
    """Draw what is recorded; when a run has got its first step, draw the page anew.

    Args:
        folders: Of the chosen runs.
        recorded: Ids of those that had a recorded step when the page was drawn.
        tensor: The tensor to draw, `None` while nothing is recorded.
    """
    try:
        chosen = [runs.open_run(folder) for folder in folders]
    except runs.RunError:
        st.rerun()
    shown = [run for run in chosen if _is_recorded(run)]
    if [run.id for run in shown] != recorded:
        st.rerun()
    if not shown:
        return
    with st.container(key=PLACE):
        with_tensor = [run for run in shown if tensor in run.tensors("weights")]
        timelines = [timeline(run).tolist() for run in with_tensor]
        timelines = [steps for steps in timelines if len(steps) > 1]  # of those with a slider
        words = [[f"{step:,}" for step in steps] for steps in timelines]
        width = play_button(PLACE, timelines, words=words, shown=bool(timelines))
        two = len(shown) == 2 and width >= SIDE_BY_SIDE
        places = st.columns(2, gap="medium") if two else [st.container() for _ in shown]
        for run, place in zip(shown, places, strict=True):
            color = RUN_COLORS[chosen.index(run)]
            with place:
                _draw_one(run, tensor, (width - GAP_PIXELS) // 2 if two else width, color)


def _draw_one(run: runs.Run, tensor: str, width: int, color: str):
    if tensor not in run.tensors("weights"):
        st.text(run.name)
        st.caption(f"This network has no {text.plain(tensor)}.")
        return
    try:
        chart = scrub_chart(run, tensor, width=width, color=color)
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    st.text(run.name)
    if tensor not in run.tensors("gradients"):
        st.caption(text.plain(_why_no_gradients(run, tensor)))
    st.altair_chart(
        chart,
        width="content",
        key=f"scrub_{run.id}",
        alt=f"Histograms and heatmaps of {tensor} at {len(run.steps)} recorded steps, with a "
        "slider over the steps below",
    )


def _why_no_gradients(run: runs.Run, tensor: str) -> str:
    """Say why a tensor is shown without gradients: of an imported run, by what it is made from."""
    if run.tensors("gradients"):
        return f"{tensor} has no gradients: it is not trained, or was frozen."
    if run.source:
        return why_no(run, "gradients") or "What this run was made from has no gradients."
    return (
        "No gradients were recorded: nothing is trained, or the training step does not use the "
        "optimizer that the model was compiled with."
    )
