"""Home: what a learning rate does, in a few words and two curves."""

import streamlit as st

from explorer.ui import frame

frame.enter()
st.title("What a learning rate does")
st.page_link("pages/trainer.py", label="Train a network", icon=":material/model_training:")
