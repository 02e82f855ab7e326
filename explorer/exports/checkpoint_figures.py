"""What was found of two compared checkpoints, for the report: words and charts."""

from collections.abc import Iterator, Sequence

from explorer.charts import checkpoint_layers, checkpoint_words, checkpoints
from explorer.charts.checkpoint_frames import class_frame, confusions, similarity_frame
from explorer.charts.embedded import Store
from explorer.charts.fitted import fitted
from explorer.charts.palette import NARROW
from explorer.charts.report_parts import Figure
from explorer.exports.checkpoint_pictures import flipped_figures
from explorer.inference.comparison import Comparison

PLOT = 0.75  # of the width of a narrow chart: its title stands above the plot alone
LEVEL = 3  # of their headings: they belong to one part of the report


def checkpoint_figures(
    found: Comparison, names: tuple[str, str], store: Store, widths: Sequence[int]
) -> list[Figure]:
    """Return what the page shows of two checkpoints, in its order.

    Args:
        found: What was found.
        names: What A and B are called, such as `"A at step 0"`.
        store: Keeps the data of the charts.
        widths: Pixels the report is made for.
    """
    shared = len(found.comparable) > 0
    lead = checkpoint_words.answer_words(found, names) if shared else ""
    told = "\n".join([lead or checkpoint_words.NOTHING_SHARED, *found.notes])
    return [
        Figure("checkpoints", "Two checkpoints compared", told),
        *(chart_figure(*one, store, widths) for one in (_answers(found, names) if shared else ())),
        *(flipped_figures(found) if shared else ()),
        *(chart_figure(*one, store, widths) for one in (*_layers(found), *_line(found))),
    ]


def chart_figure(
    key: str, title: str, words: str, chart, store: Store, widths: Sequence[int]
) -> Figure:
    """Make a chart of checkpoints fit every width the report is made for."""
    spec = store.take_checked(chart)
    specs = {width: {**spec, "width": width} for width in widths}
    narrow = {
        width: fitted(one, round(PLOT * width)) for width, one in specs.items() if width < NARROW
    }
    return Figure(key, title, words, specs | narrow, level=LEVEL)


def _answers(found, names) -> Iterator[tuple]:
    chosen = found.comparable
    answered = found.labels[chosen], found.answers_a[chosen], found.answers_b[chosen]
    classes = class_frame(*answered, found.class_names)
    left_out = checkpoint_words.class_words(classes)
    words = f"How many of the images of each class A and B recognise. {left_out}".rstrip()
    yield "classes", "Class by class", words, checkpoints.accuracy_by_class(classes, names)
    pair = confusions(*answered, found.class_names)
    chart = checkpoints.confusion_difference(pair)
    words = "The images of B less those of A: on the diagonal more is better, beside it worse."
    yield "confusion-difference", "What B answers more often", words, chart
    told = checkpoint_words.confusion_words(pair), "The same of B, on the same scale."
    for side, name, words in zip("ab", names, told, strict=True):
        chart = checkpoints.confusion(pair, side, name)
        yield f"confusion-{side}", f"What {name} takes for what", words, chart


def _layers(found) -> Iterator[tuple]:
    pairs = similarity_frame(
        found.layers_a,
        found.layers_b,
        found.similarity,
        found.similarity_biased,
        found.similarity_by_chance,
    )
    undefined = checkpoint_words.undefined_words(found.similarity)
    words = "\n".join([checkpoint_words.similarity_words(found), *undefined])
    if (pairs["a"] == pairs["b"]).any():
        chart = checkpoint_layers.similarity_by_layer(pairs)
        yield "similarity", "Where they see alike, layer by layer", words, chart
        words = "Measured in the same way."
    chart = checkpoint_layers.similarity_matrix(pairs, found.layers_a, found.layers_b)
    yield "similarity-matrix", "Every layer of A with every layer of B", words, chart


def _line(found) -> Iterator[tuple]:
    if not len(found.line_shares):
        return
    chart = checkpoint_layers.accuracy_on_the_line(
        found.line_shares, found.line_accuracy, len(found.class_names)
    )
    words = checkpoint_words.line_words(found)
    yield "line-accuracy", "Between the two: accuracy", words, chart
    chart = checkpoint_layers.loss_on_the_line(found.line_shares, found.line_loss)
    yield "line-loss", "Between the two: loss", checkpoint_words.lost_words(found.line_loss), chart
