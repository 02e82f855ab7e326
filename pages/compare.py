"""Two runs side by side: why did this one learn, and that one not?"""

import streamlit as st

from explorer.ui import compare_view, frame


def draw():
    st.title("Compare")
    st.markdown(
        "Why did this run learn, and that one not? Run A is blue, run B is orange, on the same "
        "bins and the same scales, moved by one slider."
    )
    compare_view.show()


frame.show(draw)
