"""The page Compare in a real browser: every view moves, zooms and plays without the server."""

import pytest

from explorer import runs
from explorer.paths import PROJECT
from tests.browser.conftest import SETTLED

pytestmark = pytest.mark.browser
SLIDER = ".vega-bindings input[type=range]"
IN_SIGHT = """(place) => {
    const box = document.querySelector(place)?.getBoundingClientRect();
    return box && box.top >= 0 && box.top < 300;
}"""


def picture(page, place):
    return page.locator(f".st-key-{place} canvas").first.screenshot()


def opened(page, address, place):
    """Open a view and wait until its chart is drawn; return what is sent to the server."""
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.goto(address)
    page.locator(f".st-key-{place} canvas").first.wait_for()
    page.wait_for_timeout(3000)
    return sent


def open_why(page):
    """Open what stands behind B's verdict, and wait until its buttons no longer move."""
    page.get_by_text("Why: ").nth(1).click()
    page.wait_for_timeout(1000)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("view=Distributions&tensor=conv_2/kernel&over=Ridges", "distribution"),
        ("view=Distributions&tensor=conv_2/kernel&over=Heatmap", "distribution"),
        ("view=Distributions&tensor=All+layers", "distribution"),
        ("view=Weights&tensor=conv_1/kernel", "kernel"),
    ],
)
def test_every_step_changes_the_picture_and_sends_nothing(pair_url, page, query, place):
    sent = opened(page, f"{pair_url}/compare?{query}", place)
    before = len(sent)
    page.locator(SLIDER).focus()
    pictures = {picture(page, place)}
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)
        pictures.add(picture(page, place))
    assert len(pictures) == 5
    assert len(sent) == before


def test_play_reaches_the_end_and_pauses_there(pair_url, page):
    opened(page, f"{pair_url}/compare?view=Weights&tensor=conv_1/kernel", "kernel")
    slider = page.locator(SLIDER)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "() => { const s = document.querySelector('.vega-bindings input[type=range]');"
        "return s.value === s.max; }"
    )
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert slider.input_value() == slider.get_attribute("max")


def test_beside_the_slider_stands_the_step_and_not_its_place(pair_url, page):
    opened(page, f"{pair_url}/compare?view=Weights&tensor=conv_1/kernel", "kernel")
    said = page.locator(".st-key-kernel output")
    assert said.inner_text() == "0"
    page.locator(SLIDER).press("End")
    last = runs.open_run(PROJECT / "checkpoints" / "characters-adequate").steps[-1]
    assert said.inner_text() == f"{last:,}"


def test_curves_are_smoothed_spread_and_zoomed_without_the_server(pair_url, page):
    sent = opened(page, f"{pair_url}/compare?view=Curves", "curves")
    before = len(sent)
    pictures = [picture(page, "curves")]
    page.locator(".vega-bindings select").select_option("4")
    pictures.append(picture(page, "curves"))
    for box in ("Spread the early steps", "Logarithmic loss"):
        page.get_by_text(box).locator("..").locator("input").check()
        page.wait_for_timeout(300)
        pictures.append(picture(page, "curves"))
    canvas = page.locator(".st-key-curves canvas").first
    size = canvas.bounding_box()
    y = size["y"] + size["height"] - 60
    canvas.scroll_into_view_if_needed()
    size = canvas.bounding_box()
    y = size["y"] + size["height"] - 60
    page.mouse.move(size["x"] + 200, y)
    page.mouse.down()
    page.mouse.move(size["x"] + 500, y, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    pictures.append(picture(page, "curves"))
    assert len(set(pictures)) == len(pictures)
    assert len(sent) == before


def test_a_finding_leads_to_its_chart(pair_url, page):
    opened(page, f"{pair_url}/compare?view=Weights&tensor=conv_1/kernel", "kernel")
    open_why(page)
    page.get_by_role("button", name="Show the chart").filter(visible=True).first.click()
    page.locator(".st-key-curves canvas, .st-key-distribution canvas").first.wait_for()


def test_from_the_chart_of_a_finding_a_click_leads_back_to_it(pair_url, page):
    page.goto(f"{pair_url}/compare")
    open_why(page)
    button = page.get_by_role("button", name="Show the chart, step 25").filter(visible=True)
    button.click()
    page.wait_for_function("() => location.search.includes('kind=Activations')")
    back = page.get_by_role("button", name="Back to the verdict")
    back.wait_for()
    page.wait_for_function(IN_SIGHT, arg=".st-key-back_to_verdict")
    back.click()
    page.wait_for_function(IN_SIGHT, arg=".st-key-finding_b_rule_3")
    back.wait_for(state="hidden")
    assert button.is_visible()


def test_a_finding_brings_the_slider_to_its_step_again_and_again(pair_url, page):
    page.goto(f"{pair_url}/compare")
    page.wait_for_selector(SETTLED)
    page.wait_for_timeout(3000)
    open_why(page)
    button = page.get_by_role("button", name="Show the chart, step 25").filter(visible=True)
    slider = page.locator(f".st-key-distribution {SLIDER}")
    for _ in range(2):
        button.click()
        page.wait_for_selector(SETTLED)
        slider.wait_for()
        page.wait_for_function(
            "() => document.querySelector('.st-key-distribution .vega-bindings input')"
            "?.value === '25'"
        )
        page.wait_for_timeout(2000)
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert slider.input_value() == "28"
