import re

import pytest
from playwright.sync_api import expect

from explorer import runs
from explorer.analysis.timeline import align
from explorer.charts.pair import place_words
from explorer.cli import main
from explorer.paths import PROJECT

pytestmark = pytest.mark.browser
NAMES = ("characters-adequate", "characters-too-large")
KEYS = ("curves", "weights", "gradients", "kernel")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    folders = [str(PROJECT / "checkpoints" / name) for name in NAMES]
    assert main(["report", *folders, "--output", str(path), "--no-checkpoints"]) == 0
    return path


@pytest.fixture
def opened(browser, report):
    """Open the report from disk with the network off, in a scheme and a width."""
    contexts = []

    def opened(scheme="light", width=1440):
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(report.as_uri(), timeout=120_000)
        page.locator("body[data-ready]").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


def picture(page, key):
    return page.locator(f"#{key} canvas").evaluate("canvas => canvas.toDataURL()")


def test_sliders_boxes_play_and_brush_work_without_a_network(opened, report):
    page = opened()
    run_steps = [runs.open_run(PROJECT / "checkpoints" / name).steps for name in NAMES]
    step = place_words(align(run_steps))[20]
    for key in KEYS[1:]:
        before = picture(page, key)
        page.locator(f"#{key} input[type=range]").focus()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
        assert page.locator(f"#{key} input[type=range]").input_value() == "20"
        assert page.locator(f"#{key} output").inner_text() == step
        assert picture(page, key) != before

    before = picture(page, "weights")
    page.locator("#weights").get_by_label("Logarithmic shares").click()
    page.wait_for_timeout(500)
    assert picture(page, "weights") != before

    slider = page.locator("#kernel input[type=range]")
    slider.press("Home")
    page.locator("#kernel .play").click()
    expect(slider).to_have_value(re.compile("[3-9]|[1-9].+"), timeout=30_000)
    page.locator("#kernel .play").click()
    reached = int(slider.input_value())
    assert reached > 2
    page.wait_for_timeout(500)
    page.keyboard.press("ArrowLeft")
    assert int(slider.input_value()) == reached - 1

    before = picture(page, "curves")
    strip = page.locator("#curves canvas")
    strip.evaluate("canvas => canvas.scrollIntoView({ block: 'end' })")
    box = strip.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + box["height"] - 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + box["height"] - 60, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert picture(page, "curves") != before

    assert page.said == []
    own = (report.as_uri(), "data:", "blob:")
    assert [url for url in page.asked if not url.startswith(own)] == []


def test_a_change_of_scheme_keeps_the_place_of_the_slider(opened):
    page = opened("dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 23)"
    page.locator("#kernel input[type=range]").fill("7")
    page.wait_for_timeout(300)
    before = picture(page, "kernel")
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(300)
    page.locator("body[data-ready]").wait_for()
    assert page.locator("#kernel input[type=range]").input_value() == "7"
    assert picture(page, "kernel") != before
    assert page.said == []


def test_it_fits_a_narrow_screen(opened):
    page = opened(width=390)
    widths = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths == [390, 390]
    assert page.locator("figure[data-ready]").count() == len(KEYS)


@pytest.mark.parametrize(("kind", "start"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_a_chart_is_saved_as_a_picture_from_the_report(opened, tmp_path, kind, start):
    page = opened("dark")
    with page.expect_download() as download:
        page.locator("#weights").get_by_role("button", name=f"Save as {kind}").click()
    path = tmp_path / "picture"
    download.value.save_as(path)
    assert path.read_bytes().startswith(start)
    assert page.said == []


def test_a_program_in_a_name_does_not_run(browser, tmp_path, report):
    hostile = "</script><script>document.body.dataset.broken = 1</script><img src=x onerror=0>"
    words = report.read_text().replace("Characters, adequate learning rate", hostile)
    path = tmp_path / "hostile.html"
    path.write_text(words)  # as if nothing had been escaped
    page = browser.new_page()
    page.goto(path.as_uri(), timeout=120_000)
    page.locator("h1").wait_for()
    assert page.locator("body[data-broken]").count() == 0
    page.close()
