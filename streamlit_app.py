"""The app: the frame, and in it the page that the address asks for.

`streamlit run` imports this file once, for `app`, and runs it for every visitor.
"""

import streamlit as st

from explorer.ui import collecting, frame, server

if __name__ == "__main__":
    frame.navigation().run()
else:
    app = st.App(
        __file__,
        middleware=server.guards(),
        lifespan=collecting.while_serving,
        on_script_error=server.say_error,
    )
