"""Charts: arrays and tidy frames in, Altair charts out. No Streamlit, no TensorFlow."""
