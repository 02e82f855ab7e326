"""What a channel, a unit or a class looks for: pictures made for it, beside images it likes."""

import json
from dataclasses import dataclass

import streamlit as st

from explorer.analysis.timeline import spread
from explorer.charts import maximise
from explorer.models.architectures import layer_table
from explorer.training.networks import is_brought, network_of
from explorer.ui import text
from explorer.ui.asking import answer
from explorer.ui.filters_looks_shown import show_images, show_pictures
from explorer.ui.filters_network import Network
from explorer.ui.filters_shown import Shown
from explorer.ui.link_missed import say_missed
from explorer.ui.play import play_button

PLACE = "looks_for"
LAYER, CHANNEL, CLASS = "looks_layer", "looks_channel", "looks_class"
WANTED = "looks_wanted"
WITHOUT_VALUES = ("rescale", "flatten", "dropout")
WHOLE, MIDDLE = "channel", "unit"
PARTS = {WHOLE: "The whole map", MIDDLE: "One unit, in the middle"}
MOST_CHECKPOINTS = 12


@dataclass(frozen=True)
class Layer:
    """A layer that can be asked what it looks for.

    Args:
        name: Of the layer.
        channels: How many channels, units or classes it has.
        has_maps: Whether its outputs have places, as those of convolutions do.
        is_classes: Whether its outputs are the scores of the classes.
    """

    name: str
    channels: int
    has_maps: bool
    is_classes: bool


def show(network: Network, images: list[Shown]):
    """Let the visitor choose a part of the network and show what it looks for."""
    st.caption(
        "A channel puts out large numbers where it finds what it looks for. Here the computer "
        "makes a picture that excites it as much as it can. No image is given: this part of the "
        "page needs none."
    )
    layers = _layers(network)
    if layers is None:
        return
    layer, channel, part = _choose(network, layers)
    question = {"network": network.source, "layer": layer.name, "part": part}
    making = {**question, "channels": [channel]}
    if not _is_wanted("Show what it looks for", "maximise", making):
        return
    found = answer("maximise", **making)
    if found is None:
        return
    name = _name(network, layer, channel, part)
    ranked = answer("exciting", **question, channel=channel)
    show_pictures(network, found, ranked, name)
    if ranked is not None:
        show_images(network, ranked)
    _show_training(network, making, name)


def _layers(network) -> list[Layer] | None:
    """List the layers, for a run without asking the inference process."""
    if network.run is not None and not is_brought(network.run):
        rows = [
            (row["name"], row["output_shape"])
            for row in layer_table(network_of(network.run))
            if row["kind"] not in WITHOUT_VALUES
        ]
        last = rows[-1][0]
        known = [(name, shape[-1], len(shape) == 3, name == last) for name, shape in rows]
    else:
        found = answer("layers_to_look_into", network=network.source)
        if found is None:
            return None
        kinds = ("names", "channels", "has_places", "are_scores")
        known = zip(*(found[key].tolist() for key in kinds), strict=True)
    return [Layer(*one) for one in known]


def _choose(network, layers) -> tuple[Layer, int, str]:
    by_name = {layer.name: layer for layer in layers}
    left, middle, right = st.columns(3, gap="medium", vertical_alignment="bottom")
    _begin(LAYER, list(by_name), usual=layers[-1].name, noun="layer")
    name = left.selectbox("Layer", list(by_name), key=LAYER, persist_state="session")
    st.query_params[LAYER] = name
    layer = by_name[name]
    channel = _choose_channel(network, layer, middle)
    if not layer.has_maps:
        return layer, channel, WHOLE
    part = right.segmented_control(
        "Excite",
        list(PARTS),
        format_func=PARTS.get,
        default=WHOLE,
        required=True,
        key="looks_part",
        bind="query-params",
        help="The whole map: its mean over all places, so that what the channel looks for may "
        "stand anywhere. One unit: a single place of the map, which sees a part of the image only.",
    )
    return layer, channel, part


def _begin(key, options, usual, noun):
    """Begin with what the link names; say so if there is no such thing here."""
    missed = None
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        if key not in st.session_state and asked is not None and asked not in options:
            missed = f"The link names a {noun} that cannot be asked here. Choose from the list."
        st.session_state[key] = asked if asked in options else usual
    say_missed(key, missed)


def _choose_channel(network, layer, place) -> int:
    """Ask for a class by its name, for a channel counted from 1; return it counted from 0."""
    if layer.is_classes:
        names = list(network.class_names)
        _begin(CLASS, names, usual=names[0], noun="class")
        chosen = place.selectbox("Class", names, key=CLASS, persist_state="session")
        st.query_params[CLASS] = chosen
        return names.index(chosen)
    if CHANNEL not in st.session_state:
        st.session_state[CHANNEL] = text.number(st.query_params.get(CHANNEL)) or 1
    st.session_state[CHANNEL] = min(max(st.session_state[CHANNEL], 1), layer.channels)
    noun = "Channel" if layer.has_maps else "Unit"
    chosen = place.number_input(
        f"{noun}, 1 to {layer.channels:,}",
        1,
        layer.channels,
        step=1,
        key=CHANNEL,
        persist_state="session",
    )
    st.query_params[CHANNEL] = str(chosen)
    return chosen - 1


def _is_wanted(words, kind, arguments) -> bool:
    """Say whether this was asked for, now or before; else offer to.

    What was wanted once stays wanted: "Try again", after a stop or a failure, asks anew.
    """
    wanted = st.session_state.setdefault(WANTED, set())
    key = json.dumps([kind, arguments], sort_keys=True)
    if key in wanted:
        return True
    place = st.empty()
    if not place.button(words, icon=":material/visibility:", key=f"{kind} {words}"):
        return False
    place.empty()
    wanted.add(key)
    return True


def _name(network, layer, channel, part) -> str:
    if layer.is_classes:
        name = text.plain(network.class_names[channel])
        return f"the {name.lower()}" if _has_number_for_name(name) else f"the class {name}"
    noun = "channel" if layer.has_maps else "unit"
    words = f"{noun} {channel + 1} of {text.plain(layer.name)}"
    return f"one unit of {words}, in the middle" if part == MIDDLE else words


def _has_number_for_name(name) -> bool:
    first, _, rest = name.partition(" ")
    return first == "Class" and rest.isdecimal()


def _show_training(network, making, name):
    """Show the picture at several checkpoints, on demand."""
    if network.run is None or len(network.run.checkpoints) < 2:
        return
    steps = spread(network.run.checkpoints, MOST_CHECKPOINTS)
    source = {key: value for key, value in network.source.items() if key != "step"}
    wanted = {**making, "network": source, "steps": steps, "ways": ["regularised"]}
    st.markdown(f"**Through training**: what {name} looked for at {len(steps)} checkpoints")
    with st.container(key=PLACE):
        width = play_button(PLACE, [], shown=False)
        if not _is_wanted("Show it through training", "maximise", wanted):
            return
        found = answer("maximise", **wanted)
        if found is None:
            return
        dead, strength = found["regularised_dead"][:, 0], found["regularised_activations"][:, 0]
        notes = [
            "dead" if one_dead else f"activation {one:.3g}"
            for one_dead, one in zip(dead.tolist(), strength.tolist(), strict=True)
        ]
        frame = maximise.strip_frame(
            found["regularised_pictures"][:, 0],
            [f"step {step:,}" for step in steps],
            notes,
            width=width,
        )
        st.altair_chart(
            maximise.strip(frame),
            width="content",
            key="looks_strip",
            alt=f"What {name} looked for: "
            + "; ".join(f"{row.label}, {row.note}" for row in frame.itertuples(index=False)),
        )
    if dead.any() and not dead.all():
        st.caption("Dead: at these checkpoints no picture that was tried changes its output.")
