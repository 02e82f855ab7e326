import time

import pytest

from explorer import runs
from explorer.runs.sweeps import find_sweeps
from explorer.runs.write import update_description
from explorer.training import jobs, queue, sweeps
from explorer.ui.field_words import LABELS

START = ("trainer_train", "trainer_sweep", "trainer_experiment")
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


def assert_usable_but_not_startable(app):
    assert not app.exception
    assert [header.value for header in app.header] == ["Images", "Network", "Training"]
    assert not app.selectbox(key="trainer_rate").disabled
    assert [app.button(key=key).disabled for key in START] == [True] * len(START)


def test_a_network_that_does_not_fit_the_images_leaves_the_rest_usable(root, open_page):
    state = {"trainer_image_size": 16, "trainer_depth_article": 6}
    app = open_page("trainer", state=state)
    assert_usable_but_not_startable(app)
    assert "6 blocks are too many for images of 16 × 16 pixels" in app.error[0].value
    app.select_slider(key="trainer_depth_article").set_value(4).run()
    assert not app.error
    assert [app.button(key=key).disabled for key in START] == [False] * len(START)


@pytest.mark.parametrize(
    ("typed", "words"),
    [("fast", "Learning rate: 'fast'"), ("99999", "Learning rate: 99999"), ("nan", "rate: nan")],
)
def test_a_wrong_learning_rate_leaves_the_rest_usable(root, open_page, typed, words):
    app = open_page("trainer", state={"trainer_rate": typed})
    assert_usable_but_not_startable(app)
    assert words in app.error[0].value.replace("\\", "").replace("\u2060", "")


def test_messages_name_the_fields_as_the_form_does(root, open_page):
    app = open_page("trainer")
    kinds = ("selectbox", "select_slider", "slider", "number_input", "segmented_control")
    shown = {item.label for kind in kinds for item in app.get(kind)}
    shown |= {item.label for item in app.get("button_group")}
    assert {label for key, label in LABELS.items() if "recording" not in key} <= shown


@pytest.mark.parametrize("percent", [5, 50])
def test_the_share_kept_for_validation_decides_the_split(root, open_page, percent):
    app = open_page("trainer", state={"trainer_validation": percent})
    total, _, train, validation = [int(item.value.replace(",", "")) for item in app.metric]
    assert train + validation == total
    assert validation / total == pytest.approx(percent / 100, abs=0.005)
    batches = -(-train // 64)
    assert any(f"**{15 * batches} steps** in all" in item.value for item in app.markdown)


def test_what_is_chosen_reaches_the_run(root, open_page):
    state = {
        "trainer_validation": 30,
        "trainer_augment": True,
        "trainer_augment_strength": 0.4,
        "trainer_rate": "2",
    }
    app = open_page("trainer", state=state)
    blocker = queue.take_ticket("blocker")
    app.button(key="trainer_train").click().run()
    (run,) = runs.list_runs()
    jobs.request_stop(run)
    assert not app.exception
    chosen = ("validation_share", "augment", "augment_strength", "learning_rate")
    assert [run.spec[name] for name in chosen] == [0.3, True, 0.4, 2.0]
    jobs.delete(run)
    blocker.release()


def test_the_form_can_be_swept_over_learning_rates(root, open_page):
    app = open_page("trainer", state={"trainer_validation": 30, "trainer_epochs": 3})
    app.button(key="trainer_sweep").click().run()
    assert not app.exception
    base = app.selectbox(key="sweep_base")
    assert base.options == ["The form of the page Trainer"]
    blocker = queue.take_ticket("blocker")
    app.switch_page("pages/learning_rate.py").run()
    app.button(key="sweep_start").click().run()
    (sweep,) = find_sweeps(runs.list_runs())
    sweeps.stop(sweep)
    chosen = {(run.spec["validation_share"], run.spec["epochs"]) for run in sweep.trials}
    assert chosen == {(0.3, 3)}
    assert len({run.spec["learning_rate"] for run in sweep.trials}) == len(sweep.trials) > 1
    wait_until_stopped()
    blocker.release()


def wait_until_stopped():
    while any(run.is_live for run in runs.list_runs()):
        time.sleep(0.05)


def test_augmentation_that_is_off_has_no_strength(root, open_page):
    app = open_page("trainer", state={"trainer_augment_strength": 0.4})
    assert app.slider(key="trainer_augment_strength").disabled
    app.toggle(key="trainer_augment").set_value(True).run()
    assert not app.slider(key="trainer_augment_strength").disabled


@pytest.mark.parametrize("view", ["zzz", *HOSTILE])
def test_a_view_that_is_not_there_is_named_and_the_usual_one_shown(root, open_page, view):
    app = open_page("trainer", view=view)
    assert not app.exception
    assert "asks for a view" in app.info[0].value
    assert "![x](" not in app.info[0].value
    assert app.header[0].value == "Images"
    assert not app.run().info


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


def test_a_run_stopped_before_it_began_says_so(root, open_page):
    folder = runs.new_folder(root)
    update_description(folder, name="Never", status="stopped", detail="Stopped.", spec={})
    app = open_page("trainer", run=folder.name)
    assert not app.exception
    captions = [item.value for item in app.caption]
    assert any("stopped before it began" in words for words in captions)
    assert not any("0 of 0" in words for words in captions)


def test_a_run_of_unknown_length_tells_the_steps_done(write_run, open_page):
    write_run("run-1", planned_steps=None)
    app = open_page("trainer", run="run-1")
    assert any(item.value.startswith("6 steps done.") for item in app.caption)


@pytest.mark.parametrize(("seed", "told"), [(0, True), (7, False)])
def test_two_runs_that_differ_in_rate_alone_are_explained(write_run, open_page, seed, told):
    write_run("slow", learning_rate=0.05)
    spec = write_run("fast", learning_rate=2.0).spec
    write_run("fast", spec={**spec, "seed": seed})
    app = open_page("trainer", run=["fast", "slow"])
    words = "Only the learning rate differs, 0.05 against 2."
    assert any(words in item.value for item in app.markdown) == told


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
