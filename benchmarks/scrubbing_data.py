"""A synthetic recording of one layer of the article's network, for the scrubbing benchmark."""

import numpy as np

from explorer.charts.domains import bin_edges, color_limit
from explorer.charts.scrubber import Heatmaps, Histograms, Layer

SHAPE = (3, 3, 32, 64)
NUM_STEPS = 120


def recorded_steps(num_steps: int = NUM_STEPS, last: int = 3000) -> np.ndarray:
    """Steps 0 to 32, then evenly spaced by ratio up to the last."""
    later = np.unique(np.geomspace(33, last, num_steps - 33).round().astype(int))
    while len(later) < num_steps - 33:
        missing = np.setdiff1d(np.arange(33, last), later)
        later = np.union1d(later, missing[: num_steps - 33 - len(later)])
    return np.concatenate([np.arange(33), later])


def article_layer(num_steps: int = NUM_STEPS, seed: int = 0) -> Layer:
    """Make weights that spread and gradients that shrink, the last gradient missing."""
    rng = np.random.default_rng(seed)
    steps = recorded_steps(num_steps)
    rows, columns = np.prod(SHAPE[:3]), SHAPE[3]
    first = rng.uniform(-0.083, 0.083, (rows, columns)).astype(np.float32)
    drift = rng.laplace(0, 0.02, (rows, columns)).astype(np.float32)
    moved = np.log1p(steps)[:, None, None] / np.log1p(steps[-1])
    weights = (first + drift * moved).astype(np.float32)
    noise = rng.standard_t(4, (len(steps), rows, columns)).astype(np.float32)
    gradients = noise * (2e-3 * np.exp(-2 * moved) + 1e-4).astype(np.float32)
    gradients[-1] = np.nan
    return Layer(
        "conv_2/kernel",
        weights=histograms(steps, weights),
        gradients=histograms(steps, gradients, missing=steps[-1:]),
        weight_maps=Heatmaps(steps, weights, color_limit(weights)),
        gradient_maps=Heatmaps(steps, gradients, color_limit(gradients), missing=(int(steps[-1]),)),
    )


def histograms(steps: np.ndarray, values: np.ndarray, missing=()) -> Histograms:
    """Count values on bins shared by all steps."""
    flat = values.reshape(len(steps), -1)
    finite = np.where(np.isfinite(flat), flat, np.nan)
    known = ~np.isin(steps, missing) & np.isfinite(flat).any(axis=1)
    lows, highs = (np.full(len(steps), np.nan) for _ in range(2))
    lows[known], highs[known] = np.nanquantile(finite[known], (0.004, 0.996), axis=1)
    edges = bin_edges(lows, highs)
    counts = np.stack([np.histogram(row[np.isfinite(row)], edges)[0] for row in flat])
    gone = np.isin(steps, missing)
    return Histograms(
        steps,
        edges,
        counts,
        under=(finite < edges[0]).sum(1),
        over=(finite > edges[-1]).sum(1),
        nonfinite=np.where(gone, 0, (~np.isfinite(flat)).sum(1)),
    )


def at_step(layer: Layer, place: int) -> Layer:
    """Keep one recorded step, as a page that asks the server for every step would."""
    keep = slice(place, place + 1)
    return Layer(
        layer.name,
        weights=_one_histogram(layer.weights, keep),
        gradients=_one_histogram(layer.gradients, keep),
        weight_maps=_one_map(layer.weight_maps, keep),
        gradient_maps=_one_map(layer.gradient_maps, keep),
    )


def _one_histogram(data, keep):
    rows = {name: getattr(data, name)[keep] for name in ("steps", "counts", "under", "over")}
    return Histograms(edges=data.edges, nonfinite=data.nonfinite[keep], **rows)


def _one_map(data, keep):
    return Heatmaps(data.steps[keep], data.values[keep], data.limit, data.missing)
