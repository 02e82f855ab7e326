def words(app):
    return " ".join(item.value for item in app.markdown)


def test_without_runs_the_story_says_where_to_make_them(root, open_page):
    app = open_page("story")
    assert not app.exception
    assert "article's experiment" in app.info[0].value
    assert not app.get("vega_lite_chart")


def test_two_runs_that_differ_in_rate_alone_are_drawn(write_run, open_page):
    write_run("slow", learning_rate=0.05)
    write_run("fast", learning_rate=1.0)
    app = open_page("story")
    assert not app.exception
    assert "With the learning rate 0.05 it ends at 75.0 %" in words(app)
    assert len(app.get("vega_lite_chart")) == 1


def test_a_pair_that_differs_in_more_is_not_drawn(write_run, open_page):
    write_run("one", learning_rate=0.05)
    other = write_run("two", learning_rate=1.0).spec | {"learning_rate": 1.0, "seed": 7}
    write_run("two", spec=other)
    assert not open_page("story").get("vega_lite_chart")
