"""What can be computed from a recording: NumPy only, no TensorFlow, no Streamlit."""
