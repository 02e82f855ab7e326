"""What was found on comparing two checkpoints, drawn."""

from math import isfinite

import streamlit as st

from explorer import runs
from explorer.analysis.changes import kernel_changes, moved_most
from explorer.charts import checkpoint_layers, checkpoint_words, checkpoints
from explorer.charts.checkpoint_frames import (
    class_frame,
    confusions,
    filter_frame,
    similarity_frame,
)
from explorer.charts.first_filters import first_filters
from explorer.charts.montage import to_png
from explorer.inference.comparison import Comparison
from explorer.ui import text
from explorer.ui.checkpoint_take_away import offer
from explorer.ui.flipped import show_flipped

MOST_FILTERS = 16


def show_answers(comparison: Comparison, names: tuple[str, str]):
    """Show what both networks answer: as shares, class by class, and image by image."""
    for note in comparison.notes:
        st.caption(text.plain(note))
    chosen = comparison.comparable
    if not len(chosen):
        st.info(checkpoint_words.NOTHING_SHARED, icon=":material/category:")
        return
    labels = comparison.labels[chosen]
    answers = [comparison.answers_a[chosen], comparison.answers_b[chosen]]
    _show_numbers(comparison, names)
    st.subheader("Class by class")
    classes = class_frame(labels, *answers, comparison.class_names)
    st.altair_chart(
        checkpoints.accuracy_by_class(classes, names), key="by_class", alt=_class_words(classes)
    )
    if left_out := checkpoint_words.class_words(classes):
        st.caption(left_out)
    _show_confusions(confusions(labels, *answers, comparison.class_names), names)
    show_flipped(comparison)


def _show_numbers(comparison, names):
    sides = (
        (comparison.answers_a, comparison.loss_a),
        (comparison.answers_b, comparison.loss_b),
    )
    with st.container(horizontal=True, gap="large"):
        for name, (answers, loss) in zip(names, sides, strict=True):
            share = text.percent(comparison.accuracy(answers), 1)
            st.metric(f"{name} recognises", share, width="content")
            shown = f"{loss:.3f}" if isfinite(loss) else "not a number"
            st.metric("with a loss of", shown, width="content")
        st.metric("Images", text.count(len(comparison.comparable)), width="content")


def _class_words(classes):
    first = classes.iloc[0]
    return (
        f"Share of each of {text.count(len(classes), 'class', 'classes')} recognised by A and B. "
        f"Widest gap: {first['name']}, A {first['a']:.0%}, B {first['b']:.0%}"
    )


def _show_confusions(pair, names):
    st.subheader("What is taken for what")
    st.caption(checkpoint_words.confusion_words(pair))
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
    st.caption(checkpoint_words.similarity_words(comparison))
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
    for words in checkpoint_words.undefined_words(comparison.similarity):
        st.caption(words)


def show_line(comparison: Comparison):
    """Show what lies between the two sets of weights."""
    st.subheader("Between the two")
    st.caption(text.plain(checkpoint_words.line_words(comparison)))
    if not len(comparison.line_shares):
        return
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
    if lost := checkpoint_words.lost_words(loss):
        right.caption(lost)


def show_filters(a: runs.Run, b: runs.Run, steps: tuple[int, int], names: tuple[str, str]):
    """Show how far apart the filters of both checkpoints are; needs the weights alone."""
    st.subheader("Filter by filter")
    try:
        before, after = a.checkpoint(steps[0]), b.checkpoint(steps[1])
    except runs.RunError as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    _show_first_filters(before, after, names)
    changes = kernel_changes(before, after)
    if not len(changes):
        st.caption(checkpoint_words.NO_SHARED_LAYER)
        return
    st.caption(checkpoint_words.filter_words(a, b, names))
    if checkpoint_words.are_unrelated(a, b):
        return
    filters = filter_frame(changes)
    most = moved_most(filter_frame(changes, most=len(changes)), MOST_FILTERS)
    if len(filters):
        _show_changes(filters, most)
    for words in checkpoint_words.left_out_words(changes, before, after):
        st.caption(text.plain(words))
    offer("filters", "All filters as CSV", lambda: changes)


def _show_changes(filters, most):
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


def _show_first_filters(before, after, names):
    """Show the filters that look at the image itself, of both checkpoints side by side."""
    for sheets in first_filters(before, after):
        st.caption(text.plain(f"The filters of {sheets.tensor}. {sheets.words}"))
        for place, picture, name in zip(st.columns(2), sheets.pictures, names, strict=True):
            if picture is None:
                place.caption(f"{name} has no such filters.")
                continue
            enlarged = picture.repeat(sheets.scale, axis=0).repeat(sheets.scale, axis=1)
            words = f"{sheets.tensor} of {name}"
            place.image(to_png(enlarged), caption=text.plain(words), alt=words)
