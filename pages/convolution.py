"""One window at a time: how a kernel makes a feature map of an image."""

import streamlit as st

from explorer.ui import convolution_view, frame


def draw():
    st.title("Convolution")
    st.markdown(
        "A *network* computes its answer in steps, its *layers*, from numbers that it learns from "
        "examples. To it an image is a matrix of numbers: here 0 is black and 1 is white. A "
        "*kernel*, a small matrix, slides over it. At each place it lies on a part of the image, "
        "the *window*. There each number of the image is multiplied with the number of the kernel "
        "upon it, cell by cell, and the products are summed: a dot product. The sums make a new "
        "image, the *feature map*. What the kernel looks for, it finds wherever it is. A kernel "
        "that a network has learned is also called a *filter*. (Mathematicians call all this "
        "cross-correlation: their convolution flips the kernel first.)"
    )
    convolution_view.show()


frame.show(draw)
