"""What there is to say about a run: how far it is, how well it does, how long it still takes."""

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from explorer import runs
from explorer.models.architectures import Network
from explorer.runs import files
from explorer.runs.read import read_metrics
from explorer.training.cost import Cost, estimate
from explorer.training.spec import TrainingSpec
from explorer.ui import text

STATUS_LABELS = {
    "waiting": "Waiting",
    "starting": "Starting",
    "running": "Running",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Failed",
    "imported": "Imported",
}
STATUS_ICONS = {
    "waiting": ":material/hourglass_empty:",
    "starting": ":material/hourglass_top:",
    "running": ":material/play_circle:",
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
    "imported": ":material/move_to_inbox:",
}
STATUS_COLORS = {"failed": "orange", "finished": "blue", "running": "blue"}
STEPS_FOR_SPEED = 400


@dataclass(frozen=True)
class Facts:
    """The state of a run at one moment.

    Args:
        step: Weight updates done.
        planned_steps: Weight updates asked for; 0 when unknown.
        accuracy: On the validation images, at the last validation; NaN before the first.
        steps_a_second: Over the last steps; NaN while there are too few.
    """

    step: int
    planned_steps: int
    accuracy: float
    steps_a_second: float

    @property
    def progress(self) -> float:
        """Share of the planned steps that is done, 0 when unknown."""
        return min(self.step / self.planned_steps, 1.0) if self.planned_steps else 0.0

    @property
    def seconds_left(self) -> float:
        """Time the remaining steps take at the present speed; NaN when unknown."""
        if not self.planned_steps or not self.steps_a_second > 0:
            return math.nan
        return (self.planned_steps - self.step) / self.steps_a_second

    def of_planned(self) -> str:
        """Return `"120 of 900"`, or just `"120"` where nobody knows how many it will be."""
        if not self.planned_steps:
            return text.count(self.step)
        return f"{text.count(self.step)} of {text.count(self.planned_steps)}"

    def line(self) -> str:
        """Return what a person wants to know while waiting."""
        parts = [f"Step {self.of_planned()}"]
        if self.steps_a_second > 0:
            digits = 0 if self.steps_a_second >= 10 else 1
            parts.append(f"{self.steps_a_second:.{digits}f} steps a second")
        if not math.isnan(self.seconds_left):
            parts.append(f"about {text.duration(self.seconds_left)} left")
        return " · ".join(parts)


def scalars(run: runs.Run) -> runs.Metrics:
    """Read the metrics of a run; a file that has not grown is not read twice."""
    path = run.folder / files.METRICS
    try:
        state = path.stat()
    except OSError:
        return _read_scalars(path, 0, 0)
    return _read_scalars(path, state.st_size, state.st_mtime_ns)


@st.cache_data(max_entries=48, show_spinner=False)
def _read_scalars(path, num_bytes: int, changed: int) -> runs.Metrics:
    return read_metrics(path)


def facts(run: runs.Run) -> Facts:
    """Sum up where a run stands."""
    metrics = scalars(run)
    train, validation = metrics.train, metrics.validation
    return Facts(
        step=int(train["step"].iloc[-1]) + 1 if len(train) else 0,
        planned_steps=run.planned_steps,
        accuracy=float(validation["accuracy"].iloc[-1]) if len(validation) else math.nan,
        steps_a_second=_speed(train),
    )


def _speed(train: pd.DataFrame) -> float:
    """Return steps a second over the last steps; the first one, which compiles, never counts."""
    last = train["seconds"].iloc[1:].tail(STEPS_FOR_SPEED)
    total = last.sum()
    return len(last) / total if total > 0 else math.nan


def network_of(run: runs.Run) -> Network | None:
    """Return the architecture of a run; `None` for a network from a script of its own."""
    try:
        spec = TrainingSpec.from_dict(run.spec)
        network = Network(
            name=spec.model,
            image_size=spec.image_size,
            channels=run.data["channels"],
            num_classes=len(run.class_names),
            filters=spec.filters,
            kernel_size=spec.kernel_size,
            depth=spec.depth,
            dropout=spec.dropout,
        )
        return network if run.spec else None
    except (ValueError, KeyError, TypeError):
        return None


def network_words(run: runs.Run) -> str | None:
    """Say in a few words which network a run has; `None` while nobody knows that yet.

    Of networks from elsewhere their size is told, which is known wherever weights are.
    """
    if run.spec.get("model"):
        return str(run.spec["model"])
    weights = run.tensors("weights")
    parameters = run.network.get("parameters")
    if parameters is None:
        parameters = sum(info.size for info in weights.values())
    if not (parameters or weights or run.network):
        return None if run.is_live else "Not recorded"
    layers = {name.rpartition("/")[0] for name in weights}
    return f"{text.count(parameters, 'parameter')} in {text.count(len(layers), 'layer')}"


def learning_rate_of(run: runs.Run) -> float | None:
    """Return the learning rate a run began with; of other scripts, that of their optimizer.

    One that was handed no gradients did not train the network.
    """
    optimizer = run.description.get("optimizer") if run.tensors("gradients") else None
    config = optimizer.get("config") if isinstance(optimizer, dict) else None
    found = config.get("learning_rate") if isinstance(config, dict) else None
    rate = run.spec.get("learning_rate", found)
    return float(rate) if type(rate) in (int, float) else None


def estimated_cost(run: runs.Run) -> Cost | None:
    """Return what recording was estimated to cost; `None` for a run of a script of its own."""
    network = network_of(run)
    try:
        recording = TrainingSpec.from_dict(run.spec).recording
        return network and estimate(network, recording, run.planned_steps)
    except (ValueError, KeyError, TypeError):
        return None


def differ_in_rate_alone(run: runs.Run, other: runs.Run) -> bool:
    """Tell whether two runs are the same training but for the learning rate, and the name."""
    rates = [one.spec.get("learning_rate") for one in (run, other)]
    return None not in rates and rates[0] != rates[1] and _all_but_rate(run) == _all_but_rate(other)


def _all_but_rate(run: runs.Run) -> dict:
    return {key: item for key, item in run.spec.items() if key not in ("name", "learning_rate")}


def is_bundled(run: runs.Run) -> bool:
    """Tell whether the run came with the explorer."""
    return bool(run.description.get("bundled"))


def label(run: runs.Run, among: list[runs.Run]) -> str:
    """Return a run's name; where several runs have it, with what tells them apart."""
    namesakes = [other for other in among if other.name == run.name]
    return run.name if len(namesakes) <= 1 else f"{run.name} ({run.id})"
