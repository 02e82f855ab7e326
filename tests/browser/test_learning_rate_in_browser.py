"""The page Learning rate in a real browser: the ball moves without the server."""

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer import runs
from explorer.analysis.range_test import NUM_STEPS, RangeTest, raised_rates
from explorer.inference import range_results
from explorer.runs.write import update_description
from explorer.training.spec import TrainingSpec

pytestmark = pytest.mark.browser
CANVAS = ".st-key-ball canvas"
SLIDERS = ("i", "rate", "momentum", "start")


def slider(page, name):
    return page.locator(f".st-key-ball .vega-bindings input[name={name}]")


def test_every_slider_moves_the_path_and_sends_nothing(app_url, page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.goto(f"{app_url}/learning_rate?error=Narrow+valley&weights=Two+weights")
    canvas = page.locator(CANVAS).first
    canvas.wait_for()
    page.wait_for_timeout(3000)
    before = len(sent)
    pictures = {canvas.screenshot()}
    for name, key in zip(SLIDERS, ("Home", "ArrowRight", "ArrowRight", "ArrowLeft"), strict=True):
        values = {other: slider(page, other).input_value() for other in SLIDERS}
        slider(page, name).focus()
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        slider(page, "i").evaluate(
            "one => { one.value = 12; one.dispatchEvent(new Event('input')) }"
        )
        page.wait_for_timeout(250)
        pictures.add(canvas.screenshot())
        others = {other: slider(page, other).input_value() for other in SLIDERS[1:]}
        moved = {other for other in others if others[other] != values[other]}
        assert moved == {name} - {"i"}
    assert len(pictures) == 5
    assert len(sent) == before


def test_play_takes_the_steps_and_leaves_the_learning_rate(app_url, page):
    page.goto(f"{app_url}/learning_rate")
    page.locator(CANVAS).first.wait_for()
    page.wait_for_timeout(2000)
    rate = slider(page, "rate").input_value()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "() => { const v = +document.querySelector('.st-key-ball input[name=i]').value;"
        " return v > 3 && v < 60 }"
    )
    assert slider(page, "rate").input_value() == rate


def test_the_rate_stays_when_another_function_is_chosen(app_url, page):
    page.goto(f"{app_url}/learning_rate")
    page.locator(CANVAS).first.wait_for()
    page.wait_for_timeout(2000)
    slider(page, "rate").focus()
    page.keyboard.press("End")
    page.get_by_role("radio", name="Plateau").click()
    page.locator(".st-key-ball").get_by_text("10", exact=True).wait_for()
    page.wait_for_timeout(1500)
    assert slider(page, "rate").input_value() == slider(page, "rate").get_attribute("max")
    assert "error=Plateau" in page.evaluate("location.href")


def keep_a_range_test(folder):
    """Make a run one on digits, and give it the range test it would get."""
    spec = TrainingSpec(data="digits", image_size=24, batch_size=48)
    about = runs.open_run(folder).data | {"fingerprint": "abc"}
    update_description(folder, spec=spec.to_dict(), data=about)
    losses = 2.3 - 1.5 * np.clip((np.arange(NUM_STEPS) - 60) / 60, 0, 1)
    found = RangeTest(raised_rates(), losses[None], np.array([NUM_STEPS]), np.array([0]))
    range_results.keep(folder, range_results.key_of(spec, "abc"), found)


def test_a_click_takes_a_rate_to_the_trainer_and_its_form_back(serve, page):
    url = serve(("characters-dense",), keep_a_range_test)
    page.goto(f"{url}/learning_rate?view=Range+test&run=characters-dense")
    link = page.get_by_role("link", name="Train with").first
    rate = link.inner_text().split()[-1]
    link.click()
    page.get_by_role("link", name="Which learning rate").wait_for()
    page.wait_for_url("**/trainer*")
    filled = {"rate": rate, "batch_size": "48"}
    for name, value in filled.items():
        expect(page.locator(f".st-key-trainer_{name} input")).to_have_value(value)
    page.get_by_role("link", name="Which learning rate").click()
    page.get_by_role("button", name="Run the range test").wait_for()
    page.get_by_text("48 images for each step").wait_for()
    assert "of=The+form+of+the+Trainer" in page.evaluate("location.href")
