"""The app: the frame, and in it the page that the address asks for."""

from explorer.ui import frame

frame.navigation().run()
