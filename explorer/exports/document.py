"""The report of a comparison: read, judged, drawn, and put into one HTML file."""

from collections.abc import Callable
from datetime import UTC, datetime

from explorer import __version__
from explorer.analysis.glossary import glossary
from explorer.analysis.verdict import judge
from explorer.charts.embedded import Store
from explorer.charts.fitted import fitted
from explorer.charts.pair import place_words
from explorer.charts.palette import NARROW
from explorer.charts.report import Report, document
from explorer.charts.report_parts import Card, Figure
from explorer.exports import vega
from explorer.exports.checkpoint_figures import checkpoint_figures
from explorer.exports.checkpoint_weights import weight_figures
from explorer.exports.comparison import CURVES, KERNEL, Comparison
from explorer.exports.facts import damaged_words, differing, outcomes
from explorer.inference.comparison import key_of, open_saved
from explorer.runs import RunError

WIDTHS = (1140, 700, 340)  # pixels the charts are made for
SMALL_WIDTHS = (700, 540, 440, 340)  # of those that stand side by side
FIGURES = {
    CURVES: (
        "Curves",
        "Everything that is one number a step. Drag over the strip at the bottom to zoom into all "
        "of them; a double click there shows everything again.",
    ),
    "weights": (
        "Distribution of the weights of {tensor}",
        "How many weights lie where, at the step of the slider and over all steps.",
    ),
    "gradients": (
        "Distribution of the gradients of {tensor}",
        "How the loss of one batch changes with each weight, at the step of the slider and over "
        "all steps.",
    ),
    KERNEL: (
        "The weights of {tensor} themselves",
        "A cell a weight, both runs on one scale: orange above 0, blue below. Underneath, the "
        "same weights over all steps: level stripes have not moved.",
    ),
}

Tell = Callable[[float, str], None]


def make_report(comparison: Comparison, *, tell: Tell = lambda share, words: None) -> str:
    """Make the report of a comparison.

    It takes seconds of work: call it in a process of its own.

    Args:
        comparison: What is compared.
        tell: Told how far it is, from 0 to 1, and what is done next.
    """
    tell(0.0, "Judging both runs")
    cards = [_card(run) for run in comparison.chosen]
    store, figures = Store(), []
    for number, name in enumerate(FIGURES):
        title = FIGURES[name][0].format(tensor=comparison.tensor)
        tell(0.2 + 0.6 * number / len(FIGURES), f"Drawing: {title}")
        figures.append(_figure(comparison, name, store))
    tell(0.8, "Drawing the checkpoints")
    figures += _of_checkpoints(comparison, store)
    tell(0.9, "Putting it together")
    report = Report(
        title=f"{comparison.chosen[0].name} and {comparison.chosen[1].name}, compared",
        made=datetime.now(UTC),
        versions={"Convnet Explorer": __version__, **vega.versions()},
        cards=cards,
        differing=differing(comparison.chosen),
        common=outcomes(comparison.chosen),
        figures=figures,
        data=store.data,
        glossary=glossary(),
    )
    return document(report, vega.source())


def _card(run):
    words = []
    if run.damaged:
        words.append(f"The {damaged_words(run.damaged)}")
    if run.is_live:
        words.append("This run is still going on: the report shows how far it was.")
    return Card(run.name, judge(run), words)


def _of_checkpoints(comparison, store):
    """Draw what was found of the checkpoints, as long as it is kept."""
    if comparison.checkpoints is None:
        return []
    (a, b), steps = comparison.chosen, comparison.checkpoints
    names = tuple(f"{side} at step {step:,}" for side, step in zip("AB", steps, strict=True))
    try:
        found = open_saved(key_of(a, steps[0], b, steps[1]))
    except (LookupError, RunError):
        return []
    return [
        *checkpoint_figures(found, names, store, SMALL_WIDTHS),
        *weight_figures((a, b), steps, names, store, SMALL_WIDTHS),
    ]


def _figure(comparison, name, store):
    title, words = FIGURES[name]
    title = title.format(tensor=comparison.tensor or "a tensor")
    try:
        draw = comparison.drawn(name)
    except ValueError as error:
        return Figure(name, title, f"Nothing to show: {error}")
    specs = {width: store.take(draw(width)) for width in WIDTHS}
    narrow = {width: fitted(spec, width) for width, spec in specs.items() if width < NARROW}
    places = [] if name == CURVES else place_words(comparison.timeline)
    return Figure(name, title, words, specs | narrow, places)
