"""Filling the Trainer's form with the settings of a run, and taking them from it to other pages."""

import math

import streamlit as st

from explorer import data, runs
from explorer.training.spec import TrainingSpec
from explorer.ui import text
from explorer.ui.data_panel import IMAGE_SIZES
from explorer.ui.field_words import problem
from explorer.ui.network_panel import DEEPEST, KERNEL_SIZES
from explorer.ui.training_form import RECORDINGS

LIKE, RATE = "like", "rate"  # in the address
FORM = "trainer_spec"  # in the session
LONGEST_SHOWN = 60  # letters of what a link says


def remember(spec: TrainingSpec):
    """Keep what the form says, for pages that go on from it."""
    st.session_state[FORM] = spec.to_dict()


def remembered() -> TrainingSpec | None:
    """Return what the form said last, in this session."""
    values = st.session_state.get(FORM)
    return None if values is None else TrainingSpec.from_dict(values)


def fill_from_link():
    """Fill the form as a link asks; call it before the form is drawn."""
    like, rate = (st.query_params.pop(name, None) for name in (LIKE, RATE))
    if like is not None:
        _say(_fill_like(like))
    if rate is not None:
        _say(_fill_rate(rate))


def _say(words):
    if words:
        st.info(text.plain(words), icon=":material/info:")


def _fill_like(run_id: str) -> str:
    """Fill in the settings of a run; say what could not be."""
    run = next((one for one in runs.list_runs() if one.id == run_id), None)
    if run is None or not run.spec:
        return (
            f"The link asks for the settings of the run “{run_id[:LONGEST_SHOWN]}”, which this "
            "explorer does not have, or which a script of its own recorded."
        )
    state, left_out = form_state(TrainingSpec.from_dict(run.spec))
    st.session_state.update(state)
    if not left_out:
        return ""
    return f"Left out of run {run.name!r}, as the form has no such choice: {', '.join(left_out)}."


def _fill_rate(typed: str) -> str:
    try:
        rate = float(typed)
    except ValueError:
        rate = math.nan
    wrong = problem(learning_rate=rate)
    if wrong:
        return f"The link asks for the learning rate “{typed[:LONGEST_SHOWN]}”. {wrong}"
    st.session_state["trainer_rate"] = f"{rate:g}"
    return ""


def form_state(spec: TrainingSpec) -> tuple[dict, list[str]]:
    """Return what the fields of the form hold for a training, and which settings have no field."""
    own = spec.data not in data.SOURCES
    percent = round(100 * spec.validation_share)
    recording = next((name for name, one in RECORDINGS.items() if one == spec.recording), None)
    fields = {
        "trainer_source": "folder" if own else spec.data,
        "trainer_path": spec.data if own else "",
        "trainer_groups_path": spec.groups or "",
        "trainer_color": spec.color,
        "trainer_fit": spec.fit,
        "trainer_optimizer": spec.optimizer,
        "trainer_rate": f"{spec.learning_rate:g}",
        "trainer_schedule": spec.schedule,
        "trainer_epochs": spec.epochs,
        "trainer_batch_size": spec.batch_size,
        "trainer_seed": spec.seed,
        "trainer_augment": spec.augment,
        "trainer_augment_strength": spec.augment_strength,
        "trainer_architecture": spec.model,
        f"trainer_filters_{spec.model}": spec.filters,
        f"trainer_dropout_{spec.model}": spec.dropout,
    }
    limited = {
        "trainer_image_size": (spec.image_size, spec.image_size in IMAGE_SIZES, "image size"),
        "trainer_validation": (percent, percent in range(5, 51, 5), "validation share in percent"),
        "trainer_recording": (recording, recording is not None, "way of recording"),
        f"trainer_depth_{spec.model}": (spec.depth, spec.depth <= DEEPEST, "number of blocks"),
        f"trainer_kernel_{spec.model}": (
            spec.kernel_size,
            spec.kernel_size in KERNEL_SIZES or spec.model == "dense",
            "kernel size",
        ),
    }
    fits = {key: value for key, (value, fit, _) in limited.items() if fit}
    left_out = [
        words if value is None else f"{words} {value}"
        for value, fit, words in limited.values()
        if not fit
    ]
    return {**fields, **fits}, left_out
