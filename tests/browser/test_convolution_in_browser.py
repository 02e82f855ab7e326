"""The page Convolution in a real browser: the window slides without the server."""

import pytest

pytestmark = pytest.mark.browser
CANVAS = ".st-key-convolution canvas"


def test_sliding_and_pointing_change_the_picture_and_send_nothing(pair_url, page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.goto(f"{pair_url}/convolution")
    canvas = page.locator(CANVAS).first
    canvas.wait_for()
    page.wait_for_timeout(3000)
    before = len(sent)
    page.locator(".st-key-convolution .vega-bindings input[type=range]").focus()
    pictures = {canvas.screenshot()}
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)
        pictures.add(canvas.screenshot())
    size = canvas.bounding_box()
    for share in (0.1, 0.85):  # of the width: a cell of the image, a cell of the feature map
        page.mouse.move(size["x"] + share * size["width"], size["y"] + 0.4 * size["height"])
        page.wait_for_timeout(500)
        pictures.add(canvas.screenshot())
    assert len(pictures) == 6
    assert len(sent) == before
