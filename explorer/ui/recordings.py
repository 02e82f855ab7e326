"""What a scrubber shows of a run: read from disk once, kept for all visitors."""

from pathlib import Path

import numpy as np
import streamlit as st

from explorer import runs
from explorer.charts.domains import bin_edges, color_limit
from explorer.charts.recorded import axis_range, heatmaps, histograms_on
from explorer.charts.scrubber import Layer, scrubber
from explorer.training.schedule import recorded_steps
from explorer.training.spec import Recording

PARTS = (("weights", "weights", "weight_maps"), ("gradients", "gradients", "gradient_maps"))


def layer_names(run: runs.Run) -> list[str]:
    """Return the layers that have weights, in the order of the network."""
    return list(dict.fromkeys(name.rpartition("/")[0] or name for name in run.tensors("weights")))


def shared_layers(chosen: list[runs.Run]) -> list[str]:
    """Return the layers that all runs have, or those of the first run if they share none."""
    first, *others = (layer_names(run) for run in chosen)
    return [name for name in first if all(name in names for names in others)] or first


def tensors_of(run: runs.Run, layer: str) -> list[str]:
    """Return the weight tensors of a layer, the kernel first."""
    return [name for name in run.tensors("weights") if (name.rpartition("/")[0] or name) == layer]


def planned(run: runs.Run) -> np.ndarray:
    """Return the steps the run records if it goes on to its end."""
    policy = run.recording.get("policy") or {}
    if not run.planned_steps:
        return run.steps
    return recorded_steps(run.planned_steps, Recording(**policy))


def timeline(run: runs.Run) -> np.ndarray:
    """Return the steps that the run's slider counts: those recorded, and those to come."""
    return np.union1d(run.steps, planned(run)) if run.is_live else run.steps


def scrub_chart(run: runs.Run, tensor: str, *, width: int, color: str):
    """Draw one tensor of a run through training; drawn anew only when steps have been added."""
    return _chart(run.folder, tensor, len(run.steps), run.is_live, width, color)


@st.cache_resource(max_entries=12, show_spinner=False)
def _chart(folder: Path, tensor: str, num_steps: int, is_live: bool, width: int, color: str):
    run = runs.open_run(folder)
    steps = planned(run) if is_live else None
    return scrubber(
        read_layer(run, tensor, growing=is_live), planned_steps=steps, width=width, color=color
    )


def read_layer(run: runs.Run, tensor: str, *, growing: bool = False) -> Layer:
    """Read weights and gradients of a tensor at all recorded steps.

    Args:
        run: A run with at least one recorded step.
        tensor: Such as `"conv_1/kernel"`.
        growing: Whether steps are still being added; axes are then rounded, to stand still.
    """
    steps, parts = run.steps, {}
    for kind, histograms, maps in PARTS:
        if tensor in run.tensors(kind):
            parts[histograms] = _histograms(run, kind, tensor, steps, growing)
            if run.tensors(kind)[tensor].stored_size:  # an imported run may hold no single values
                parts[maps] = _heatmaps(run, kind, tensor, steps, growing)
    return Layer(tensor, **parts)


def _histograms(run, kind, tensor, steps, growing):
    sketches = run.sketches(kind, tensor, steps)
    edges = bin_edges(*axis_range(run.tensors(kind)[tensor].size, *sketches), growing=growing)
    return histograms_on(steps, edges, *sketches)


def _heatmaps(run, kind, tensor, steps, growing):
    values = run.values(kind, tensor, steps)
    sizes = run.moments(kind, tensor, steps)["size"].to_numpy()
    missing = tuple(steps[~(sizes > 0)].tolist())
    limit = color_limit(values, growing=growing)
    return heatmaps(run.tensors(kind)[tensor], steps, values, limit, missing)
