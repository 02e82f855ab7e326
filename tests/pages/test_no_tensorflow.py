"""The server must stay light: no page may load TensorFlow into it."""

import subprocess
import sys

from explorer.paths import PROJECT

SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
for page in {pages}:
    app = AppTest.from_file("streamlit_app.py", default_timeout=60)
    app.session_state["trainer_source"] = "digits"
    app.switch_page(page).run()
    assert not app.exception, app.exception
{more}
print(*[name for name in ("tensorflow", "keras", "sklearn") if name in sys.modules])
"""


def loaded(pages, more=""):
    script = SCRIPT.format(pages=pages, more=more)
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_opening_every_page_loads_no_tensorflow(root, write_run):
    write_run("run-1")
    pages = [f"pages/{path.name}" for path in sorted((PROJECT / "pages").glob("*.py"))]
    assert len(pages) >= 2
    assert loaded(pages) == []


def test_the_check_itself_can_fail(root):
    assert "keras" in loaded([], more="import explorer.models.build")
