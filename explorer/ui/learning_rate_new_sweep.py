"""Setting up a sweep: whose settings, which rates and seeds, what it will cost, and the start."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from explorer import runs
from explorer.runs.sweeps import ENTRY
from explorer.runs.writable import why_no_new
from explorer.training import queue, sweeps
from explorer.training.cost import METRICS_BYTES, Cost
from explorer.training.spec import OPTIMIZERS, TrainingSpec
from explorer.ui import text
from explorer.ui.field_words import in_form_words, read_rate
from explorer.ui.run_facts import estimated_cost, label, scalars
from explorer.ui.visitor import owner

STARTED = "sweep_started"
FROM_FORM = "sweep_from_form"  # the settings that the page Trainer sent here, and their cost
ASKED = "sweep_asked"  # the page is to open on the view Sweep
FORM = "form"
KEEP = {"persist_state": "session"}
LOWEST, HIGHEST, COUNT = "0.001", "10", 9  # half a power of ten apart
START_SECONDS = 6  # of every training, for TensorFlow and the images; measured on two cores


@dataclass(frozen=True)
class Base:
    """What the trials of a sweep have in common.

    Args:
        name: What the sweep is called if nobody gives it a name.
        spec: The settings.
        seconds: Of one training; NaN when unknown.
        num_bytes: Of one run on the disk; NaN when unknown.
    """

    name: str
    spec: TrainingSpec
    seconds: float
    num_bytes: float


def take_from_form(spec: TrainingSpec, cost: Cost):
    """Go to the page Learning rate with the settings of the page Trainer."""
    st.session_state[FROM_FORM] = spec, cost
    st.session_state["sweep_base"] = FORM
    st.session_state[ASKED] = True  # the address cannot say it: the Trainer's tabs hold its view
    st.switch_page("pages/learning_rate.py")


def show(known: list[runs.Run]) -> bool:
    """Show the form; return whether a sweep was started."""
    if why := why_no_new():
        st.info(text.plain(why), icon=":material/lock:")
        return False
    labels = _labels(known)
    if not labels:
        st.info(
            "A sweep begins with settings. There is no run here yet that tells its own: set one "
            "up on the page Trainer.",
            icon=":material/model_training:",
        )
        st.page_link("pages/trainer.py", label="Set one up", icon=":material/arrow_forward:")
        return False
    base = _choose_base(labels, known)
    name, specs = _choose_trials(base)
    can_start = bool(specs) and _show_cost(base, specs)
    start = st.button(
        "Start the sweep",
        key="sweep_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not can_start,
    )
    return start and _start(name, specs)


def _labels(known: list[runs.Run]) -> dict[str, str]:
    """Return the settings to choose from: those sent by the Trainer, then those of the runs."""
    sent = {FORM: "The form of the page Trainer"} if FROM_FORM in st.session_state else {}
    usable = [run for run in known if run.spec and _spec_of(run) is not None]
    usable.sort(key=_comes_late)
    return sent | {run.id: label(run, known) for run in usable}


def _comes_late(run: runs.Run) -> tuple[bool, bool]:
    """Order settings: those whose images are gone come last, and trials of a sweep late."""
    return not sweeps.is_there(run.spec["data"]), bool(run.description.get(ENTRY))


def _base(chosen: str, known: list[runs.Run]) -> Base:
    if chosen == FORM:
        spec, cost = st.session_state[FROM_FORM]
        return Base(spec.name, spec, math.nan, cost.num_bytes)
    run = next(run for run in known if run.id == chosen)
    seconds = sweeps.seconds_of(run, scalars(run)) + START_SECONDS
    return Base(run.name, _spec_of(run), seconds, _num_bytes(run))


def _spec_of(run):
    try:
        return TrainingSpec.from_dict(run.spec)
    except (ValueError, TypeError):  # of a newer version, or edited by hand
        return None


def _num_bytes(run):
    """Return what the whole run takes on the disk: measured, or else estimated."""
    if run.status == "finished" and run.recording.get("bytes"):
        return run.recording["bytes"] + METRICS_BYTES * run.planned_steps
    cost = estimated_cost(run)
    return cost.num_bytes if cost else math.nan


def _choose_base(labels: dict[str, str], known: list[runs.Run]) -> Base:
    if st.session_state.get("sweep_base") not in labels:
        st.session_state["sweep_base"] = next(iter(labels))
    chosen = st.selectbox(
        "Settings of the run",
        list(labels),
        format_func=labels.get,
        key="sweep_base",
        help="Images, network and all else are taken from it; only rates and seeds differ.",
        **KEEP,
    )
    base = _base(chosen, known)
    st.caption(
        f"Network {base.spec.model}, images {text.plain(Path(base.spec.data).name)}, "
        f"{text.count(base.spec.epochs, 'epoch')} in batches of {base.spec.batch_size}, "
        f"{OPTIMIZERS[base.spec.optimizer].lower()}."
    )
    return base


def _choose_trials(base: Base) -> tuple[str, list[TrainingSpec]]:
    """Show rates, seeds and name; return the name and the trials, none beside what is wrong."""
    columns = st.columns(4)
    lowest, low_wrong = read_rate(columns[0].text_input("From", LOWEST, key="sweep_from", **KEEP))
    highest, high_wrong = read_rate(columns[1].text_input("To", HIGHEST, key="sweep_to", **KEEP))
    most = sweeps.MOST_TRIALS
    count = columns[2].number_input("How many rates", 1, most, COUNT, key="sweep_count", **KEEP)
    usual_seed = str(base.spec.seed)
    seeds = columns[3].text_input(
        "Seeds",
        key="sweep_seeds",
        placeholder=usual_seed,
        help="One or several whole numbers, such as 0, 1, 2. When left empty, that of the run.",
        **KEEP,
    )
    name = _name(base)
    if wrong := low_wrong or high_wrong:
        st.error(text.plain(wrong), icon=":material/error:")
        return name, []
    try:
        named = replace(base.spec, name=name)
        rates = sweeps.spaced_rates(lowest, highest, count)
        specs = sweeps.trial_specs(
            named, rates, sweeps.read_numbers(seeds.strip() or usual_seed, int)
        )
    except ValueError as error:
        st.error(text.plain(in_form_words(error)), icon=":material/error:")
        return name, []
    st.markdown("Learning rates: " + ", ".join(text.rate(rate) for rate in rates))
    return name, specs


def _name(base: Base) -> str:
    """Return the name a person gives the sweep, or that of its settings."""
    most = sweeps.MOST_NAME_CHARACTERS
    usual = base.name[:most]
    given = st.text_input(
        "Name of the sweep", key="sweep_name", max_chars=most, placeholder=usual, **KEEP
    )
    return given.strip() or usual


def _show_cost(base: Base, specs: list[TrainingSpec]) -> bool:
    """Say what the sweep will take; return whether it fits."""
    try:
        slots = sweeps.jobs.num_slots()
        in_line = len(queue.places(slots=slots))
        if not math.isnan(base.num_bytes):
            sweeps.check_room(base.num_bytes * len(specs))
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return False
    st.markdown(cost_words(base, len(specs), slots, in_line))
    return True


def cost_words(base: Base, num_trials: int, slots: int, in_line: int) -> str:
    """Say how long a sweep takes, and how much of the disk."""
    words = f"**{text.count(num_trials, 'trial')}**"
    if math.isnan(base.seconds):
        words += "; how long one takes is known when the first has ended"
    else:
        together = sweeps.seconds_together(base.seconds, num_trials, slots)
        words += f" of about {text.duration(base.seconds)}, **{text.duration(together)}** together"
        words += f" with {slots} at once" if slots > 1 else ", one after the other"
    if not math.isnan(base.num_bytes):
        words += f"; about **{text.size(base.num_bytes * num_trials)}** on the disk"
    if in_line:
        words += f". {text.count(in_line, 'training is', 'trainings are')} before them in line"
    return f"{words}."


def _start(name: str, specs: list[TrainingSpec]) -> bool:
    try:
        started = sweeps.start(name, specs, owner=owner())
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return False
    st.session_state[STARTED] = started[0].description[ENTRY]["id"]
    return True
