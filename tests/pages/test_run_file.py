import json

import pytest

from explorer import runs
from explorer.runs import files
from tests.packing.conftest import make_run, packed_bytes  # noqa: F401

UPLOADER = "run_file_0"


def give(app, content):
    app.file_uploader(key=UPLOADER).set_value(("short.run.zip", content, "application/zip"))
    return app.run()


@pytest.fixture
def open_runs(open_page):
    return lambda: open_page("trainer", view="Runs")


def test_an_uploaded_run_is_among_the_runs_and_chosen(root, make_run, open_runs):  # noqa: F811
    app = give(open_runs(), packed_bytes(make_run(name="From elsewhere")))
    assert not app.exception
    assert [run.name for run in runs.list_runs()] == ["From elsewhere"]
    assert app.multiselect(key="trainer_runs").value == ["short-run"]
    assert not app.file_uploader(key="run_file_1").value
    give_again = app.run()
    assert len(runs.list_runs()) == 1
    assert not give_again.exception


def test_a_file_that_is_none_is_refused_in_a_line(root, open_runs):
    app = give(open_runs(), b"GIF89a")
    assert not app.exception
    (error,) = app.error
    assert "no ZIP" in error.value
    assert list(root.iterdir()) == []


def test_names_from_a_file_are_shown_as_they_are(root, make_run, open_runs):  # noqa: F811
    run = make_run(name="![x](http://example.org) <b>:material/star:")
    app = give(open_runs(), packed_bytes(run))
    assert not app.exception
    assert not any("![x]" in item.value for item in app.markdown)
    (opened,) = runs.list_runs()
    assert opened.name == json.loads((run.folder / files.RUN).read_text())["name"]


def test_a_run_is_offered_as_a_file_and_a_damaged_one_says_why_not(root, make_run, open_runs):  # noqa: F811
    app = give(open_runs(), packed_bytes(make_run()))
    (button,) = app.get("download_button")
    assert (button.proto.label, button.proto.disabled) == ("Download", False)
    (root / "short-run" / "steps" / "00000002.safetensors").write_bytes(b"damaged")
    (button,) = open_runs().get("download_button")
    assert button.proto.disabled
    assert "00000002" in button.proto.help
