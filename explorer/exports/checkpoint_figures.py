"""The charts of two compared checkpoints, for the report."""

from collections.abc import Iterator

from explorer.charts import checkpoint_layers, checkpoints
from explorer.charts.checkpoint_frames import class_frame, confusions, similarity_frame
from explorer.charts.embedded import Store
from explorer.charts.report import Figure
from explorer.inference.comparison import Comparison

WIDEST = 700  # pixels; these charts say no more when they are wider


def checkpoint_figures(
    found: Comparison, names: tuple[str, str], store: Store, widths: tuple[int, ...]
) -> list[Figure]:
    """Return what the page shows of two checkpoints, but the pictures of images.

    Args:
        found: What was found.
        names: What A and B are called, such as `"A at step 0"`.
        store: Keeps the data of the charts.
        widths: Pixels the report is made for.
    """
    return [
        _figure(key, title, words, chart, store, widths)
        for key, title, words, chart in (*_answers(found, names), *_layers(found), *_line(found))
    ]


def _answers(found, names) -> Iterator[tuple]:
    chosen = found.comparable
    if not len(chosen):
        return
    answered = found.labels[chosen], found.answers_a[chosen], found.answers_b[chosen]
    classes = class_frame(*answered, found.class_names)
    pair = confusions(*answered, found.class_names)
    words = f"{names[0]} and {names[1]}, on {len(chosen):,} images that neither was trained on."
    yield "classes", "Class by class", words, checkpoints.accuracy_by_class(classes, names)
    words = "A row a class, a column an answer; both networks on one scale."
    for side, name in zip("ab", names, strict=True):
        chart = checkpoints.confusion(pair, side, name)
        yield f"confusion-{side}", f"What {name} takes for what", words, chart
    chart = checkpoints.confusion_difference(pair)
    yield "confusion-difference", "What B answers more often", "Images of B less those of A.", chart


def _layers(found) -> Iterator[tuple]:
    pairs = similarity_frame(
        found.layers_a,
        found.layers_b,
        found.similarity,
        found.similarity_biased,
        found.similarity_by_chance,
    )
    words = (
        "1 means that a layer tells the images apart in the same way in both networks, 0 that "
        f"they have nothing in common: linear CKA, debiased, on {found.similarity_images:,} images."
    )
    if (pairs["a"] == pairs["b"]).any():
        chart = checkpoint_layers.similarity_by_layer(pairs)
        yield "similarity", "Where they see alike, layer by layer", words, chart
    chart = checkpoint_layers.similarity_matrix(pairs, found.layers_a, found.layers_b)
    yield "similarity-matrix", "Every layer of A with every layer of B", words, chart


def _line(found) -> Iterator[tuple]:
    if not len(found.line_shares):
        return
    words = f"Mixing the weights of A and B, on {found.line_images:,} images. {found.line_note}"
    chart = checkpoint_layers.accuracy_on_the_line(
        found.line_shares, found.line_accuracy, len(found.class_names)
    )
    yield "line-accuracy", "Between the two: accuracy", words, chart
    chart = checkpoint_layers.loss_on_the_line(found.line_shares, found.line_loss)
    yield "line-loss", "Between the two: loss", words, chart


def _figure(key, title, words, chart, store, widths):
    spec = store.take_checked(chart)
    specs = {width: {**spec, "width": min(width, WIDEST)} for width in widths}
    return Figure(key, title, words, specs)
