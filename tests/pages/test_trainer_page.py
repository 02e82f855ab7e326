import pytest

from explorer import runs

HOSTILE = ["../../etc/passwd", "<script>alert(1)</script>", "![x](http://example.com/x.png)", "%00"]


def chart_words(app):
    return [chart.proto.alt for chart in app.get("vega_lite_chart")]


def test_setting_up_shows_images_network_and_training(root, open_page):
    app = open_page("trainer")
    assert not app.exception
    assert [header.value for header in app.header] == ["Images", "Network", "Training"]
    assert [metric.value for metric in app.metric] == ["1,797", "10", "1,528", "269"]
    assert len(chart_words(app)) == 2
    assert all(chart_words(app))


def test_the_layer_table_tells_the_parameters(root, open_page):
    app = open_page("trainer")
    table = next(frame.value for frame in app.dataframe if "Parameters" in frame.value)
    total = next(item.value for item in app.markdown if "in all; the outputs" in item.value)
    assert f"{table['Parameters'].sum():,} parameters" in total


def test_a_network_that_does_not_fit_the_images_gets_a_clear_line(root, open_page):
    app = open_page("trainer", state={"trainer_image_size": 16})
    app.select_slider(key="trainer_depth_article").set_value(6).run()
    assert not app.exception
    assert "depth is 6" in app.error[0].value.replace("\\", "")


def test_a_learning_rate_that_is_no_number_gets_a_clear_line(root, open_page):
    app = open_page("trainer", state={"trainer_rate": "fast"})
    assert not app.exception
    assert "The learning rate is 'fast'" in app.error[0].value.replace("\\", "")
    assert not app.button


def test_a_folder_that_is_not_there_gets_a_clear_line(root, open_page):
    app = open_page("trainer", state={"trainer_source": "folder"})
    app.text_input(key="trainer_path").set_value("/no/such/folder").run()
    assert not app.exception
    assert "There is no folder or file" in app.error[0].value


def test_without_runs_the_list_says_how_to_make_one(root, open_page):
    app = open_page("trainer", view="Runs")
    assert not app.exception
    assert "There are no runs yet" in app.info[0].value
    app.button[0].click().run()
    assert not app.exception
    assert app.selectbox(key="trainer_source").value == "digits"


def test_a_run_in_the_link_is_opened(write_run, open_page):
    write_run("run-1", name="First")
    write_run("run-2", name="Second")
    app = open_page("trainer", run="run-1")
    assert not app.exception
    assert app.multiselect[0].value == ["run-1"]
    assert any("conv_1/kernel at 6 recorded steps" in words for words in chart_words(app))


def test_a_layer_in_the_link_is_opened(write_run, open_page):
    write_run("run-1")
    app = open_page("trainer", run="run-1", layer="logits")
    assert app.selectbox(key="layer").value == "logits"
    assert any("logits/kernel" in words for words in chart_words(app))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_link_gets_a_clear_line_and_an_intact_page(write_run, open_page, text):
    write_run("run-1")
    app = open_page("trainer", run=text, layer=text)
    assert not app.exception
    assert "does not have" in app.warning[0].value
    assert all(text not in item.value for item in [*app.warning, *app.error, *app.markdown])
    assert app.multiselect[0].value == ["run-1"]


def test_names_with_markup_are_shown_as_they_are(write_run, open_page):
    write_run("run-1", name="![x](http://example.com/x.png)")
    app = open_page("trainer", run="run-1")
    assert not app.exception
    assert all("![x](" not in item.value for item in app.markdown)


def test_a_failed_run_shows_why_and_its_log(write_run, open_page, root):
    write_run("run-1", status="failed", detail="The disk is full.")
    (root / "run-1" / "log.txt").write_text("loading\nno room left\n")
    app = open_page("trainer", run="run-1")
    assert not app.exception
    assert "The disk is full" in app.error[0].value
    assert "no room left" in app.code[0].value


def test_a_broken_run_does_not_hide_the_others(write_run, open_page, root):
    write_run("run-1")
    (root / "broken").mkdir()
    (root / "broken" / "run.json").write_text('{"schema": ')
    app = open_page("trainer", view="Runs")
    assert not app.exception
    assert app.multiselect[0].value == ["run-1"]
    assert any("broken" in str(frame.value) for frame in app.dataframe)


def test_a_run_can_be_renamed(write_run, open_page, root):
    write_run("run-1")
    app = open_page("trainer", run="run-1")
    app.text_input(key="name_run-1").set_value("Better name").run()
    app.button(key="save_run-1").click().run()
    assert not app.exception
    assert runs.open_run(root / "run-1").name == "Better name"


def test_deleting_asks_first(write_run, open_page, root):
    write_run("run-1")
    app = open_page("trainer", run="run-1")
    app.button(key="delete_run-1").click().run()
    assert app.button(key="delete_for_good").label == "Delete for good"
    assert (root / "run-1").exists()
