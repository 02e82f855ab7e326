"""The page Learning rate, opened from the entry script."""

import pytest

from explorer.ui.learning_rate_ball import DIMENSION_LABELS, FUNCTION_LABELS


def messages(app):
    return " ".join(item.value for kind in (app.info, app.warning, app.error) for item in kind)


def specs(app):
    return [chart.proto.spec for chart in app.get("vega_lite_chart") if chart.proto.spec]


def test_it_opens_on_a_ball_without_any_run(root, open_page):
    app = open_page("learning_rate")
    assert not app.exception
    assert not messages(app)
    assert len(specs(app)) == 1


@pytest.mark.parametrize("error", FUNCTION_LABELS.values())
@pytest.mark.parametrize("weights", DIMENSION_LABELS.values())
def test_every_function_opens_from_a_link(root, open_page, error, weights):
    app = open_page("learning_rate", error=error, weights=weights)
    assert not app.exception
    assert not messages(app)
    assert len(specs(app)) == 1
    alt = app.get("vega_lite_chart")[0].proto.alt
    assert alt.startswith(error)
    assert ("from above" in specs(app)[0]) == (weights == DIMENSION_LABELS[2])


@pytest.mark.parametrize("key", ["view", "error", "weights"])
def test_a_link_to_what_is_not_there_is_told(root, open_page, key):
    app = open_page("learning_rate", **{key: "<b>Nothing</b>"})
    assert not app.exception
    assert "does not have" in messages(app)
    assert key not in app.query_params
    assert len(specs(app)) == 1
