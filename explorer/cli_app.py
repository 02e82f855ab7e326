"""The app from a shell: `explorer app`."""

import os
import sys
from pathlib import Path

import click

from explorer.paths import app_dir

SCRIPT = "streamlit_app.py"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where it listens; 8501 by default.")
@click.option("--address", help="Who reaches it; only this machine by default (localhost).")
@click.option(
    "--runs",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of runs, in place of EXPLORER_CHECKPOINTS.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser.")
def app(port, address, folder, no_browser):
    """Open the app in a browser; Ctrl+C ends it."""
    if folder is not None:
        os.environ["EXPLORER_CHECKPOINTS"] = str(folder.absolute())
    sys.stdout.flush()
    # Streamlit takes the place of this process, so that whoever ends the one ends the other. -P
    # keeps files of the present folder from being taken for modules.
    os.execv(sys.executable, [sys.executable, "-P", *command(port, address, no_browser)])


def command(port: int | None, address: str | None, no_browser: bool) -> list[str]:
    """Return the arguments of Python that start the app."""
    options = {"port": port, "address": address, "headless": "true" if no_browser else None}
    given = [(f"--server.{name}", str(value)) for name, value in options.items() if value]
    parts = [part for option in given for part in option]
    return ["-m", "streamlit", "run", str(app_dir() / SCRIPT), *parts]
