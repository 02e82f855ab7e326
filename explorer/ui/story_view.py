"""The figures of the home page that need no recording, and the ways from there."""

import streamlit as st

from explorer import runs
from explorer.analysis.classic_kernels import classic, drawn
from explorer.analysis.convolution import Sliding
from explorer.analysis.error_functions import FUNCTIONS
from explorer.analysis.shift import WAYS, move_and_watch, placed, shifts_within
from explorer.charts.compose import specification
from explorer.charts.shift import DOWN, RIGHT, object_and_maps
from explorer.charts.sliding_window import Slid, sliding_window
from explorer.charts.volumes import volumes
from explorer.models.architectures import Network, layer_table
from explorer.runs.writable import why_no_new
from explorer.ui import text
from explorer.ui.learning_rate_ball import draw_ball
from explorer.ui.moving_chart import show_moving_chart
from explorer.ui.run_facts import network_of

PICTURE, KERNEL = "Circle", "sobel_x"
IMAGE_SIZE = 9  # cells whose numbers can be read
USUAL_CLASSES = 9
WINDOW_AT_FIRST = 26  # where a bright side lies beside a dark one
MOVED, MOVED_KERNEL = "Ring", "edges"
SHIFT_SIZE, REACH = 16, 6
LIMIT = 8
WAYS_ON = (
    ("pages/trainer.py", "Train a network of your own", ":material/model_training:"),
    ("pages/compare.py", "Compare two runs", ":material/compare_arrows:"),
    (
        "pages/filters.py",
        "Show a picture to a trained network",
        ":material/filter_b_and_w:",
    ),
)
RANGE_TEST = {"view": "Range test"}


def show_convolution():
    """Draw a kernel that slides over a small picture."""
    show_moving_chart(
        "story_convolution",
        _window_chart,
        alt="An image of numbers, a window that slides over it, and the feature map that it fills",
    )
    st.caption(
        "Move the slider: this kernel answers where bright lies beside dark, in orange or blue, "
        "depending on the side, and stays near 0 where all is alike. Nobody writes such kernels "
        "for a network. Their numbers are its *weights*, and training finds them."
    )
    st.page_link(
        "pages/convolution.py",
        label="Try it with a picture and a kernel of your own",
        icon=":material/grid_on:",
        query_params={"picture": PICTURE, "size": str(IMAGE_SIZE), "kernel": KERNEL},
    )


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _window_chart(width):
    slid = Slid(drawn(PICTURE, IMAGE_SIZE), classic(KERNEL, 3), 0.0, "none", Sliding(3))
    return specification(sliding_window(slid, width, WINDOW_AT_FIRST))


def show_shift():
    """Draw an object that is moved, and what becomes of its feature maps."""
    show_moving_chart(
        "story_shift",
        _shift_chart,
        alt="An object that two sliders move, and its feature maps with stride 1, 2 and pooling",
        shown=False,
        apart={RIGHT: [], DOWN: []},  # neither is the step of the other
    )
    st.caption(
        "Move the object. With a *stride* of 1 the window moves on by one pixel at a time, and the "
        "feature map is the same, moved. With a stride of 2 it leaves out every second place, as "
        "does *max pooling*, which keeps the largest of 2 × 2 cells: a move by one pixel changes "
        "the map itself. Cells that differ have a black outline, and above the map stands how far "
        "they differ at most, where 100 % is from its smallest to its largest number: *inside*, "
        "where the window sees the picture alone, and at the *borders*, where it sees beyond."
    )
    st.page_link(
        "pages/convolution.py",
        label="See what a shift does to whole networks",
        icon=":material/open_with:",
        query_params={"shift_object": MOVED, "shift_kernel": MOVED_KERNEL},
    )


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _shift_chart(width):
    image, kernel = placed(MOVED, SHIFT_SIZE), classic(MOVED_KERNEL, 3)
    watched = [move_and_watch(image, kernel, way, shifts_within(REACH)) for way in WAYS]
    return specification(object_and_maps(image, watched, width))


def tell_layers(pair: tuple[runs.Run, runs.Run] | None):
    """Draw the network of the pair, or the one that such a pair would have."""
    network = (pair and network_of(pair[0])) or Network(
        "article", image_size=32, channels=3, num_classes=USUAL_CLASSES
    )
    rows = layer_table(network)
    learned = sum(row["parameters"] for row in rows)
    convolved = sum(row["parameters"] for row in rows if row["kind"] == "conv")
    st.header("Layer upon layer")
    st.markdown(
        "A layer has not one such window but many, its *filters*: each looks at all maps of the "
        "layer before and makes one new map. All filters together are the layer's kernel. Between "
        "the layers, pooling makes the maps smaller. So from layer to layer each number comes from "
        "more of the image, and what a map answers to becomes less simple: often edges first, then "
        "shapes, then parts of what is shown. At the end *dense* layers weigh everything and put "
        f"out the *logits*, one number for each of the {network.num_classes} classes; the largest "
        "is the answer."
    )
    st.vega_lite_chart(
        spec=_layers_chart(network),
        key="story_layers",
        alt="The output of every layer of the network as a box, height x width x channels",
    )
    st.caption(
        "A box is as high and as deep as its maps, in pixels, and as thick as it has maps, its "
        "*channels*; those of the image are its colours. The columns are dense layers. Training "
        f"has to find {text.count(learned)} weights; the convolutions, which do most of the work, "
        f"need {text.count(convolved)} of them."
    )
    st.page_link(
        "pages/filters.py",
        label="Send a picture through this network, layer by layer",
        icon=":material/filter_b_and_w:",
        query_params={"run": pair[0].id, "view": "Feature maps"} if pair else None,
    )


@st.cache_resource(max_entries=LIMIT, show_spinner=False)
def _layers_chart(network: Network):
    image = (network.image_size, network.image_size, network.channels)
    return specification(volumes(layer_table(network), input_shape=image))


def show_valley():
    """Draw a ball that goes down into a valley, with plains around it."""
    draw_ball(FUNCTIONS["plateau", 1], "story_valley")
    st.caption(
        "Move the learning rate from left to right: the ball creeps, then comes down quickly, then "
        "leaps from side to side, and at last is thrown out to where there is almost no slope left "
        "to follow. *Momentum* adds a share of the step before to each step; here it is 0."
    )
    st.page_link(
        "pages/learning_rate.py",
        label="Try other valleys, and momentum",
        icon=":material/speed:",
        query_params={"error": "Plateau"},
    )


def say_where_to_train():
    """Say how to get the two runs that the rest of the page is about."""
    why = text.plain(why_no_new())
    way = why or "The button Run the article's experiment on the page Trainer makes one."
    st.info(
        "The story goes on with two runs that differ in their learning rate alone: one that "
        "learns, and one that very large updates have ruined, so that its gradients are gone. "
        f"There is no such pair here. {way}",
        icon=":material/science:",
    )
    if why:
        return
    st.page_link(
        "pages/trainer.py", label="Go to the page Trainer", icon=":material/model_training:"
    )


def tell_where_to_go_on():
    """Say what else there is."""
    st.header("Now yours")
    st.markdown(
        "Everything here was read from two recordings. Make one of your own: on your pictures, "
        "with your network, with the learning rate you suspect. A range test finds a rate to begin "
        "with in a few short trainings; a sweep on the same page tries several rates in full."
    )
    for page, label, icon in WAYS_ON:
        st.page_link(page, label=label, icon=icon)
    st.page_link(
        "pages/learning_rate.py",
        label="Find a learning rate",
        icon=":material/speed:",
        query_params=RANGE_TEST,
    )
