"""What was found on comparing two checkpoints, drawn."""

import numpy as np
import streamlit as st

from explorer import runs
from explorer.analysis.changes import comparable, kernel_changes, moved_most
from explorer.analysis.confusion import flips
from explorer.charts import checkpoint_layers, checkpoints
from explorer.charts.checkpoint_frames import (
    MOST_BARS,
    class_frame,
    confusions,
    filter_frame,
    similarity_frame,
)
from explorer.inference.comparison import Comparison
from explorer.ui import text
from explorer.ui.checkpoint_take_away import offer
from explorer.ui.flipped import show_flipped

MOST_FILTERS = 16
BEGINNING = ("model", "filters", "kernel_size", "depth", "image_size", "seed")


def show_answers(comparison: Comparison, names: tuple[str, str]):
    """Show what both networks answer: as shares, class by class, and image by image."""
    for note in comparison.notes:
        st.caption(text.plain(note))
    chosen = comparison.comparable
    if not len(chosen):
        st.info(
            "The two runs have no class in common, so their answers cannot be compared. Their "
            "layers can, see below.",
            icon=":material/category:",
        )
        return
    labels = comparison.labels[chosen]
    answers = [comparison.answers_a[chosen], comparison.answers_b[chosen]]
    _show_numbers(comparison, names)
    st.subheader("Class by class")
    classes = class_frame(labels, *answers, comparison.class_names)
    st.altair_chart(
        checkpoints.accuracy_by_class(classes, names), key="by_class", alt=_class_words(classes)
    )
    if len(classes) == MOST_BARS:
        st.caption(f"The {MOST_BARS} classes on which A and B differ most.")
    _show_confusions(confusions(labels, *answers, comparison.class_names), names)
    show_flipped(comparison, flips(labels, *answers), chosen)


def _show_numbers(comparison, names):
    sides = (
        (comparison.answers_a, comparison.loss_a),
        (comparison.answers_b, comparison.loss_b),
    )
    with st.container(horizontal=True, gap="large"):
        for name, (answers, loss) in zip(names, sides, strict=True):
            share = text.percent(comparison.accuracy(answers), 1)
            st.metric(f"{name} recognises", share, width="content")
            st.metric("with a loss of", f"{loss:.3f}", width="content")
        st.metric("Images", text.count(len(comparison.comparable)), width="content")


def _class_words(classes):
    first = classes.iloc[0]
    return (
        f"Share of each of {text.count(len(classes), 'class', 'classes')} recognised by A and B. "
        f"Widest gap: {first['name']}, A {first['a']:.0%}, B {first['b']:.0%}"
    )


def _show_confusions(pair, names):
    st.subheader("What is taken for what")
    st.caption(
        "A row a class, a column an answer; both networks on one scale. On the diagonal stands "
        "what was recognised."
    )
    if pair.num_classes > len(pair.truths):
        st.caption(
            f"The {len(pair.truths)} of {pair.num_classes} classes on which A and B differ most."
        )
    charts = [
        checkpoints.confusion(pair, "a", names[0]),
        checkpoints.confusion(pair, "b", names[1]),
        checkpoints.confusion_difference(pair),
    ]
    titles = (*names, "B less A")
    for place, chart, title in zip(st.columns(3, gap="medium"), charts, titles, strict=True):
        place.altair_chart(chart, key=f"confusion_{title}", alt=f"Confusion matrix, {title}")


def show_layers(comparison: Comparison):
    """Show how alike the layers of both networks see the same images."""
    st.subheader("Where they see alike, layer by layer")
    pairs = similarity_frame(
        comparison.layers_a,
        comparison.layers_b,
        comparison.similarity,
        comparison.similarity_biased,
        comparison.similarity_by_chance,
    )
    st.caption(
        "1 means that a layer tells the images apart in the same way in both networks, whatever "
        "the order of its filters; 0 that they have nothing in common. Measured as linear CKA, "
        f"debiased, on {text.count(comparison.similarity_images, 'image')}. The plain estimate "
        "is higher the more values a layer has; the tooltip gives it, and what it says of "
        "shuffled images. Single images far out can dominate it."
    )
    same = pairs[pairs["a"] == pairs["b"]]
    places = st.columns([2, 3], gap="large") if len(same) else [None, st.container()]
    if len(same):
        places[0].altair_chart(
            checkpoint_layers.similarity_by_layer(pairs),
            key="similarity_by_layer",
            alt="Similarity of layers of the same name: "
            + ", ".join(f"{row.a} {row.value:.2f}" for row in same.itertuples()),
        )
    places[1].altair_chart(
        checkpoint_layers.similarity_matrix(pairs, comparison.layers_a, comparison.layers_b),
        key="similarity_matrix",
        alt=f"Similarity of {len(comparison.layers_a)} layers of A and "
        f"{len(comparison.layers_b)} of B",
    )
    for words in undefined_words(comparison.similarity):
        st.caption(words)


def undefined_words(similarity: np.ndarray) -> list[str]:
    """Say which network has layers that cannot be compared with any, and why.

    >>> undefined_words(np.array([[0.5, np.nan], [0.2, np.nan]]))
    ['1 layer of B puts out the same for every image, or what is no number: it is dead.']
    """
    unknown = np.isnan(similarity)
    if unknown.all():
        return [
            "Nothing can be compared: all layers of A, or all of B, put out the same for every "
            "image, or what is no number."
        ]
    counts = {"A": int(unknown.all(axis=1).sum()), "B": int(unknown.all(axis=0).sum())}
    return [
        f"1 layer of {side} puts out the same for every image, or what is no number: it is dead."
        if dead == 1
        else f"{dead} layers of {side} put out the same for every image, or what is no number: "
        "they are dead."
        for side, dead in counts.items()
        if dead
    ]


def show_line(comparison: Comparison):
    """Show what lies between the two sets of weights."""
    st.subheader("Between the two")
    if not len(comparison.line_shares):
        st.caption(text.plain(comparison.line_note))
        return
    st.caption(
        "Mixing the weights of A and B, a little more of B at every place. Where accuracy stays "
        "high all the way, both lie in one valley of the loss. A hill between them says that "
        "they lie in different valleys, or that their filters stand in another order. "
        f"{text.plain(comparison.line_note)} On "
        f"{text.count(comparison.line_images, 'image')}."
    )
    left, right = st.columns(2, gap="large")
    accuracy, loss = comparison.line_accuracy, comparison.line_loss
    left.altair_chart(
        checkpoint_layers.accuracy_on_the_line(
            comparison.line_shares, accuracy, len(comparison.class_names)
        ),
        key="line_accuracy",
        alt=f"Accuracy from A, {accuracy[0]:.0%}, to B, {accuracy[-1]:.0%}; lowest "
        f"{accuracy.min():.0%}",
    )
    right.altair_chart(
        checkpoint_layers.loss_on_the_line(comparison.line_shares, loss),
        key="line_loss",
        alt=f"Loss from A, {loss[0]:.3g}, to B, {loss[-1]:.3g}",
    )
    lost = int(np.count_nonzero(~np.isfinite(loss)))
    if lost:
        right.caption(f"At {lost} of {len(loss)} places the loss is not a number.")


def show_filters(a: runs.Run, b: runs.Run, steps: tuple[int, int], names: tuple[str, str]):
    """Show how far apart the filters of both checkpoints are; needs the weights alone."""
    st.subheader("Filter by filter")
    try:
        before, after = a.checkpoint(steps[0]), b.checkpoint(steps[1])
    except runs.RunError as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    changes = kernel_changes(before, after)
    if not len(changes):
        st.caption("No layer has the same name and shape in both networks.")
        return
    st.caption(_filter_words(a, b, names))
    filters = filter_frame(changes)
    most = moved_most(filter_frame(changes, most=len(changes)), MOST_FILTERS)
    left, right = st.columns(2, gap="large")
    left.altair_chart(
        checkpoint_layers.layer_changes(filters),
        key="layer_changes",
        alt=f"Change of {len(filters)} filters in {filters['layer'].nunique()} layers",
    )
    right.altair_chart(
        checkpoint_layers.moved_filters(most),
        key="moved_filters",
        alt="Filters that moved most: " + ", ".join(most["name"].head(3)),
    )
    _say_what_is_left_out(changes, before, after)
    offer("filters", "All filters as CSV", lambda: changes)


def _filter_words(a, b, names):
    words = (
        f"How far each filter of {names[1]} lies from that of {names[0]}, as a share of its "
        "length there."
    )
    if a.id != b.id and _beginning(a) != _beginning(b):
        words += (
            " These networks began with different weights, or are built differently: filters of "
            "the same number have nothing to do with each other."
        )
    return words


def _beginning(run):
    """Return what decides the weights a run begins with."""
    return [run.spec.get(name) for name in BEGINNING] + [run.data.get("channels")]


def _say_what_is_left_out(changes, before, after):
    lost = int((~np.isfinite(changes["relative"].astype(float))).sum())
    if lost:
        st.caption(
            f"Left out: {text.count(lost, 'filter')} whose change is not a number, or that began "
            "at 0."
        )
    other = [
        name for name in before if before[name].ndim > 1 and not comparable(name, before, after)
    ]
    if other:
        st.caption(text.plain(f"Only in one network, or of another shape: {', '.join(other)}."))
