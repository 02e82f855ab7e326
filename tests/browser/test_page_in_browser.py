import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
CHARTS = "[data-testid=stVegaLiteChart]"
LONG = "A run with a name that goes on and on until it says at its very end which one it is"
# Text that stands out of its chart on the left or on the right. The box of turned text is wider
# than its letters by some pixels.
STANDING_OUT = """charts => charts.slice(0, 2).flatMap(chart => {
    const frame = chart.getBoundingClientRect();
    const standsOut = (text) => {
        const box = text.getBoundingClientRect();
        return box.width && (box.left < frame.left - 4 || box.right > frame.right + 4);
    };
    return [...chart.querySelectorAll("text")].filter(standsOut).map(text => text.textContent);
})"""


@pytest.mark.parametrize("path", ["", "trainer", "trainer?view=Runs", "convolution"])
def test_nothing_is_asked_of_another_machine(app_url, page, path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app_url}/{path}")
    page.locator("h1").wait_for()
    page.wait_for_timeout(4000)
    assert asked
    here = (app_url, app_url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(here)] == []
    icon = page.locator("link[rel~=icon]").get_attribute("href")
    assert icon.startswith("data:image/svg+xml")


def spoilt(run):
    """Give a run a long name, let its loss burst out and then be no number."""
    path, metrics = run / "run.json", run / "metrics.jsonl"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"name": f"{LONG}, {run.name}"}))
    rows = [json.loads(line) for line in metrics.read_text().splitlines()]
    for row in rows:
        if "loss" in row and row["step"] >= 3:
            row["loss"] = 12345.0 if row["step"] < 700 else "NaN"
    metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("width", [390, 1440])
def test_no_text_stands_out_of_the_curves(serve, page, width):
    names = ("characters-adequate", "photographs")
    url = serve(names, change=spoilt)
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(f"{url}/trainer?view=Runs&run={names[0]}&run={names[1]}")
    words = page.locator(CHARTS).nth(1).locator("text")
    words.filter(has_text="guessing").nth(1).wait_for()
    page.wait_for_timeout(2000)
    assert page.locator(CHARTS).evaluate_all(STANDING_OUT) == []


def test_no_chart_is_wider_than_a_phone(pair_url, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(pair_url)
    page.locator(CHARTS).nth(7).wait_for()
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") == 0


def test_each_slider_of_the_home_page_moves_itself_alone(pair_url, page):
    page.goto(pair_url)
    sliders = {
        name: page.locator(f".st-key-story_shift input[name={name}]") for name in ("right", "down")
    }
    sliders["right"].wait_for()
    page.wait_for_timeout(2000)
    before = {name: int(slider.input_value()) for name, slider in sliders.items()}
    for moved, other in (("right", "down"), ("down", "right")):
        kept = sliders[other].input_value()
        sliders[moved].focus()
        page.keyboard.press("ArrowRight")
        expect(sliders[moved]).to_have_value(str(before[moved] + 1))
        assert sliders[other].input_value() == kept
