"""The only part of the library that knows Streamlit: inputs, caches, what pages are made of."""
