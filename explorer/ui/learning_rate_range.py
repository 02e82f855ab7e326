"""The learning rate range test, of a run's training or of the one set up on the Trainer."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from explorer import data, runs
from explorer.analysis.range_test import HIGHEST, LOWEST, NUM_SEEDS, NUM_STEPS, RangeTest
from explorer.inference import range_results
from explorer.runs.writable import why_no_new
from explorer.training.networks import check_prepared
from explorer.training.spec import OPTIMIZERS, TrainingSpec
from explorer.training.sweeps import is_there
from explorer.ui import form_filling, text
from explorer.ui.asking import answer, is_asked, known_answer
from explorer.ui.data_panel import SOURCE_LABELS
from explorer.ui.learning_rate_found import show_found
from explorer.ui.network_panel import ARCHITECTURE_LABELS
from explorer.ui.run_facts import label

A_RUN, THE_FORM = "A run", "The form of the Trainer"
LINKED = {"of": (A_RUN, THE_FORM)}
CHOSEN = "range_run"
START = "Run the range test"


@dataclass(frozen=True)
class Training:
    """A training to test.

    Args:
        spec: Its settings.
        run: The run it is of; `None` for one that is being set up.
    """

    spec: TrainingSpec
    run: runs.Run | None = None

    @property
    def question(self) -> dict:
        """What the inference process is asked."""
        return {"spec": self.spec.to_dict()} if self.run is None else {"run": str(self.run.folder)}


def show():
    """Show the choice of a training, and its range test."""
    st.markdown(
        "One short training tells roughly which rates will do. The rate is raised at every step, "
        "from far too small to far too large: at first nothing happens, then the loss falls, then "
        f"it climbs. Here that takes {NUM_STEPS} steps from {LOWEST:.5f} to {HIGHEST:g}, and it is "
        f"done {NUM_SEEDS} times from scratch, with different initial weights."
    )
    training = _choose()
    if training is None:
        return
    _say_what_is_tested(training)
    found = _found(training)
    if found is not None:
        show_found(found, training.spec, training.run)


def _choose() -> Training | None:
    of = st.segmented_control(
        "Test the training of",
        LINKED["of"],
        default=A_RUN,
        required=True,
        key="of",
        bind="query-params",
    )
    return _of_form() if of == THE_FORM else _of_run()


def _of_form() -> Training | None:
    st.query_params.pop("run", None)
    spec = form_filling.remembered()
    if spec is not None:
        return Training(spec)
    if why := why_no_new():
        st.info(text.plain(why), icon=":material/lock:")
        return None
    st.info(
        "Nothing is set up on the Trainer yet. Choose images and a network there first.",
        icon=":material/model_training:",
    )
    st.page_link(
        "pages/trainer.py",
        label="Set up a training",
        icon=":material/model_training:",
        query_params={"view": "New run"},
    )
    return None


def _of_run() -> Training | None:
    known = [run for run in runs.list_runs() if _can_be_tested(run)]
    if not known:
        st.info("There is no run whose training could be tested yet.", icon=":material/speed:")
        st.page_link("pages/trainer.py", label="Train one", icon=":material/model_training:")
        return None
    known.sort(key=_comes_late)
    by_id = {run.id: run for run in known}
    if st.session_state.get(CHOSEN) not in by_id:
        st.session_state[CHOSEN] = _asked_for(by_id) or known[0].id
    chosen = st.selectbox(
        "Run",
        list(by_id),
        format_func=lambda item: label(by_id[item], known),
        key=CHOSEN,
        persist_state="session",
    )
    st.query_params["run"] = chosen
    run = by_id[chosen]
    return Training(TrainingSpec.from_dict(run.spec), run)


def _can_be_tested(run: runs.Run) -> bool:
    try:
        check_prepared(run)
        TrainingSpec.from_dict(run.spec)
    except ValueError:
        return False
    return True


def _comes_late(run: runs.Run) -> bool:
    """Say whether nothing can be shown of a run: its images are gone, and no test was kept."""
    if is_there(TrainingSpec.from_dict(run.spec).data) or _is_prepared(run):
        return False
    return "fingerprint" not in run.data or range_results.of_run(run) is None


def _asked_for(by_id) -> str | None:
    """Return the run a link names; say so when it is not here."""
    asked = st.query_params.get("run")
    if asked is None or asked in by_id:
        return asked
    st.warning(
        f"{text.plain(why_not_tested(asked))} Another one is shown.", icon=":material/link_off:"
    )
    return None


def why_not_tested(asked: str) -> str:
    """Say why the run that a link names cannot be tested."""
    run = next((one for one in runs.list_runs() if one.id == asked), None)
    if run is None:
        return "The link names a run that this explorer does not have."
    try:
        check_prepared(run)
    except runs.RunError as error:
        return str(error)
    return f"The settings of the run {run.name!r} cannot be read, so it cannot be tested."


def _say_what_is_tested(training):
    spec = training.spec
    images = training.run.data.get("name") if training.run else _source_words(spec.data)
    network = ARCHITECTURE_LABELS[spec.model]
    st.caption(
        text.plain(
            f"{network}. {images}. {OPTIMIZERS[spec.optimizer]}, "
            f"{spec.batch_size} images for each step"
            + (", augmented." if spec.augment else ".")
            + " With another batch size, optimiser or network, other rates suit."
        )
    )


def _source_words(source: str) -> str:
    """Name the images of a form; a folder or a file by its name."""
    return SOURCE_LABELS.get(source) or Path(source).name


def _has_images(training) -> bool:
    """Say whether the images of a training can be had; tell the visitor what to do if not."""
    if is_there(training.spec.data) or (training.run and _is_prepared(training.run)):
        return True
    st.info(
        f"The images of this training are not on this machine: {text.plain(training.spec.data)} is "
        "not there. Bring them back to that place, choose another run, or set up a training with "
        "other images on the Trainer and test its form.",
        icon=":material/image_not_supported:",
    )
    return False


def _is_prepared(run: runs.Run) -> bool:
    try:
        data.open_prepared(str(run.data.get("key")))
    except LookupError:
        return False
    return True


def _found(training) -> RangeTest | None:
    """Return the test that was made before, or have it made when that is wanted."""
    kept = None if training.run is None else range_results.of_run(training.run)
    if kept is not None:
        return kept
    question = training.question
    is_known = known_answer("range_test", **question) is not None
    if not is_known and not _has_images(training):
        return None
    place = st.empty()
    is_wanted = is_known or is_asked("range_test", **question)
    if not is_wanted and not place.button(START, type="primary", icon=":material/speed:"):
        return None
    place.empty()
    arrays = answer("range_test", **question)
    return None if arrays is None else RangeTest(**arrays)
