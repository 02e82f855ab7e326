"""One window at a time: how a kernel makes a feature map of an image."""

import streamlit as st

from explorer.ui import convolution_view, frame


def draw():
    st.title("Convolution")
    st.markdown(
        "To a network an image is a matrix of numbers: here 0 is black and 1 is white. A *kernel*, "
        "a small matrix, slides over it. At each place the numbers of the *window*, the part of "
        "the image below it, are multiplied with the kernel's own and summed: a dot product. The "
        "sums make a new image, the *feature map*. What the kernel looks for, it finds wherever it "
        "is. (Mathematicians call this cross-correlation: their convolution flips the kernel "
        "first.)"
    )
    convolution_view.show()


frame.show(draw)
