"""The view of what can be taken away, from the entry script."""

import pytest

from explorer.exports import client, tables
from explorer.exports.comparison import CHARTS
from explorer.exports.tables import TABLES
from explorer.exports.worker import Request
from explorer.ui.compare_take_away import CHART_WORDS, TABLE_WORDS, file_name


@pytest.fixture
def opened(write_run, open_page):
    write_run("slow", name="=Slow <b>", learning_rate=0.05)
    write_run("fast", name="Fast", learning_rate=2.0)
    return lambda **query: open_page("compare", a="slow", b="fast", view="Take away", **query)


def files(app):
    return [button.proto.label for button in app.get("download_button")]


def test_nothing_is_made_before_it_is_asked_for(opened):
    app = opened(tensor="logits/kernel")
    assert not app.exception
    assert files(app) == []
    assert app.selectbox(key="take_tensor").value == "logits/kernel"
    labels = [button.label for button in app.button]
    assert [one for one in labels if one.startswith("Prepare")] == [
        "Prepare the report",
        "Prepare the table",
        "Prepare the picture",
    ]


def test_a_table_is_prepared_downloaded_and_forgotten_when_another_is_chosen(opened):
    app = opened()
    app.button(key="prepare_table").click().run()
    assert not app.exception
    assert not app.error
    (label,) = files(app)
    assert label.startswith("Download CSV, ")
    app.selectbox(key="take_table").set_value("percentiles").run()
    assert files(app) == []


def test_a_table_too_long_to_hold_every_step_says_so(opened, monkeypatch):
    monkeypatch.setattr(tables, "MOST_VALUES", 2 * 2 * 36 * 4)
    app = opened()
    app.selectbox(key="take_table").set_value("values").run()
    said = " ".join(caption.value for caption in app.caption)
    assert said.count("4 of the 6 recorded steps") == 2


def test_while_something_else_is_prepared_one_is_asked_to_come_back(opened, monkeypatch):
    app = opened()
    monkeypatch.setattr(client, "SECONDS_TO_WAIT", 0)
    with client._slot:
        app.button(key="prepare_table").click().run()
    assert "Try again" in app.error[0].value
    assert files(app) == []


def test_everything_that_can_be_made_has_words():
    assert set(TABLE_WORDS) == {*TABLES, "tables"}
    assert set(CHART_WORDS) == set(CHARTS)


def test_file_names_hold_nothing_that_a_file_system_minds():
    asked = Request("report", "/runs/one two;rm", "/runs/../x" + "y" * 300, {})
    name = file_name(asked, "html")
    assert name.startswith("one-two-rm-and-xy")
    assert name.endswith("-report.html")
    assert len(name) < 130
