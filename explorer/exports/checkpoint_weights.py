"""How far apart the filters of two checkpoints are, for the report; needs their weights alone."""

from collections.abc import Sequence

from explorer import runs
from explorer.analysis.changes import kernel_changes, moved_most
from explorer.charts import checkpoint_layers, checkpoint_words
from explorer.charts.checkpoint_frames import filter_frame
from explorer.charts.embedded import Store
from explorer.charts.report_parts import Figure
from explorer.exports.checkpoint_figures import LEVEL, chart_figure
from explorer.exports.checkpoint_pictures import filter_figures

MOST_FILTERS = 16
TITLE = "Filter by filter"


def weight_figures(
    chosen: Sequence[runs.Run],
    steps: tuple[int, int],
    names: tuple[str, str],
    store: Store,
    widths: Sequence[int],
) -> list[Figure]:
    """Return what the page shows of the weights of two checkpoints.

    Args:
        chosen: Run A and run B.
        steps: Their checkpoints.
        names: What A and B are called, such as `"A at step 0"`.
        store: Keeps the data of the charts.
        widths: Pixels the report is made for.
    """
    try:
        before, after = (run.checkpoint(step) for run, step in zip(chosen, steps, strict=True))
    except runs.RunError as error:
        return [Figure("filters", TITLE, f"Nothing to show: {error}", level=LEVEL)]
    return [
        *filter_figures(before, after, names),
        *_changes(chosen, before, after, names, store, widths),
    ]


def _changes(chosen, before, after, names, store, widths) -> list[Figure]:
    """Draw how far filters lie apart, or say why none can be compared."""
    changes = kernel_changes(before, after)
    if not len(changes):
        return [Figure("filters", TITLE, checkpoint_words.NO_SHARED_LAYER, level=LEVEL)]
    if checkpoint_words.are_unrelated(*chosen):
        return [Figure("filters", TITLE, checkpoint_words.UNRELATED, level=LEVEL)]
    left_out = checkpoint_words.left_out_words(changes, before, after)
    filters = filter_frame(changes)
    if not len(filters):
        return [Figure("filters", TITLE, "\n".join(left_out), level=LEVEL)]
    words = "\n".join([checkpoint_words.filter_words(*chosen, names), *left_out])
    most = moved_most(filter_frame(changes, most=len(changes)), MOST_FILTERS)
    furthest = f"The {len(most)} that lie furthest apart."
    layers, moved = checkpoint_layers.layer_changes(filters), checkpoint_layers.moved_filters(most)
    charts = (
        ("layer-changes", f"{TITLE}: which layers moved", words, layers),
        ("moved-filters", f"{TITLE}: which moved most", furthest, moved),
    )
    return [chart_figure(*one, store, widths) for one in charts]
