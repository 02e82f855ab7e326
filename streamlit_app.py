"""The app: settings of every page, then the page that the address asks for."""

import streamlit as st

from explorer.ui import frame

st.set_page_config(page_title="Convnet Explorer", page_icon=":material/blur_on:", layout="wide")

frame.navigation().run()
