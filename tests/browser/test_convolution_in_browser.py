"""The page Convolution in a real browser: windows slide and objects move without the server."""

import pytest

from tests.browser.conftest import SETTLED

pytestmark = pytest.mark.browser
CANVAS = ".st-key-convolution canvas"
SLIDER = ".st-key-convolution .vega-bindings input[type=range]"
SHIFT, SHIFT_SLIDERS = ".st-key-shift_moved canvas", ".st-key-shift_moved input[type=range]"
MAP = ".st-key-convolution_shift_networks canvas"
QUIET_MS = 4000  # on a busy machine a chart says so late that it is too wide
WIDEST = """const look = () => {
    const main = document.querySelector("[data-testid=stMain]");
    if (main) window.widest = Math.max(window.widest ?? 0, main.scrollWidth - main.clientWidth);
    requestAnimationFrame(look);
};
look();"""
WAIT_MS = 90_000  # the first question loads TensorFlow


@pytest.fixture
def sent(page):
    """List what the page sends to the server."""
    messages = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: messages.append(data)))
    return messages


def settle(page, sent=()):
    """Wait until the page is drawn, and for some seconds has sent nothing."""
    told = -1
    while told < len(sent):
        told = len(sent)
        page.wait_for_selector(SETTLED)
        page.wait_for_timeout(QUIET_MS)


def move(page, slider, canvas, times=3):
    """Move a slider and return the pictures that came."""
    slider.focus()
    pictures = [canvas.screenshot()]
    for _ in range(times):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
        pictures.append(canvas.screenshot())
    return pictures


@pytest.fixture(scope="module")
def opened(pair_url, browser):
    """Open the page once for the tests that only look and move; return it and what it sends."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    messages = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: messages.append(data)))
    page.goto(f"{pair_url}/convolution")
    page.locator(CANVAS).first.wait_for()
    page.locator(SHIFT).first.wait_for()
    settle(page, messages)
    yield page, messages
    context.close()


def test_the_first_screen_shows_the_chart_with_its_slider(opened):
    page, _ = opened
    chart, slider = page.locator(CANVAS).first.bounding_box(), page.locator(SLIDER).bounding_box()
    assert chart["y"] + chart["height"] <= 900
    assert slider["y"] + slider["height"] <= 900


def test_sliding_and_pointing_change_the_picture_and_send_nothing(opened):
    page, sent = opened
    canvas = page.locator(CANVAS).first
    before = len(sent)
    pictures = set(move(page, page.locator(SLIDER), canvas))
    size = canvas.bounding_box()
    for share in (0.1, 0.85):  # of the width: a cell of the image, a cell of the feature map
        page.mouse.move(size["x"] + share * size["width"], size["y"] + 0.4 * size["height"])
        page.wait_for_timeout(500)
        pictures.add(canvas.screenshot())
    assert len(pictures) == 6
    assert len(sent) == before


def test_an_object_is_moved_and_nothing_is_sent(opened):
    page, sent = opened
    canvas = page.locator(SHIFT).first
    before = len(sent)
    pictures = []
    for slider in page.locator(SHIFT_SLIDERS).all():
        pictures += move(page, slider, canvas)
    assert len(pictures) == 8
    assert len(set(pictures)) == 7  # the second slider begins where the first one ended
    assert len(sent) == before


def test_the_formula_and_the_charts_are_whole_on_a_narrow_page(pair_url, opened, page):
    # Since `opened`, the server takes this browser for a wide one: the first charts are too wide.
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(WIDEST)
    page.goto(f"{pair_url}/convolution?padding=same&kernel_size=7&size=48&stride=9")
    formula = page.locator(".katex-display .katex-html").first
    formula.wait_for()
    settle(page)
    box = formula.bounding_box()
    parts = [one.bounding_box() for one in formula.locator(".base").all()]
    assert all(one["x"] >= 0 and one["x"] + one["width"] <= 390 for one in [box, *parts])
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") == 0
    assert page.evaluate("window.widest") == 0  # in no frame, from the first one on


def test_a_choice_comes_into_the_address_and_stays_when_the_page_is_loaded_anew(pair_url, page):
    page.goto(f"{pair_url}/convolution?picture=Colours&channel=red")
    canvas = page.locator(CANVAS).first
    canvas.wait_for()
    settle(page)
    before = canvas.screenshot()
    page.locator(".st-key-convolution_channel").get_by_text("Blue").click()
    page.locator(".st-key-convolution_stride [data-testid=stNumberInputStepUp]").click()
    settle(page)
    address = page.evaluate("location.search")
    assert sorted(address[1:].split("&")) == ["channel=blue", "picture=Colours", "stride=2"]
    after = page.locator(CANVAS).first.screenshot()
    assert after != before
    page.reload()
    page.locator(CANVAS).first.wait_for()
    settle(page)
    assert page.evaluate("location.search") == address
    assert page.locator(CANVAS).first.screenshot() == after


def test_a_network_is_asked_about_a_moved_image_and_its_map_can_be_pointed_at(pair_url, page, sent):
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{pair_url}/convolution?shift_run=characters-adequate")
    page.get_by_role("button", name="Move the image, and ask the network").click()
    canvas = page.locator(MAP).first
    canvas.wait_for()
    stop = page.get_by_role("button", name="Stop")
    answer = page.get_by_text("Same answer after a shift").first
    stop.or_(answer).first.wait_for()
    if stop.count():
        stop.click()  # while a question is open the page asks how far it is
    page.get_by_text("Stopped.", exact=True).or_(answer).first.wait_for()
    settle(page, sent)
    canvas.scroll_into_view_if_needed()
    size = canvas.bounding_box()
    before = len(sent)
    pictures = set()
    for share in (0.55, 0.65, 0.75):  # of the width: cells of the map
        page.mouse.move(size["x"] + share * size["width"], size["y"] + 0.5 * size["height"])
        page.wait_for_timeout(500)
        pictures.add(canvas.screenshot())
    assert len(pictures) == 3
    assert len(sent) == before
