"""The page Filters in a real browser: a picture is classified, its history can be scrubbed."""

import io
from contextlib import contextmanager

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import SETTLED

pytestmark = pytest.mark.browser
SLIDER = ".st-key-history .vega-bindings input[type=range]"
WAIT_MS = 60_000  # the first question loads TensorFlow


def drawn():
    """Draw a red sun over blue water."""
    rows, columns = np.mgrid[0:120, 0:160]
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:] = np.where(rows[..., None] < 80, (150, 200, 250), (20, 60, 160))
    picture[(rows - 50) ** 2 + (columns - 80) ** 2 < 700] = (230, 60, 30)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def is_wrong(said):
    """Say whether a message is a complaint.

    Streamlit looks for its server beside every page; and of pictures that the page has replaced,
    a slow browser asks for some when they are gone.
    """
    about = said.text + said.location["url"]
    return said.type == "error" and not any(part in about for part in ("/_stcore/", "/media/"))


def test_a_picture_is_classified_and_its_history_scrubbed_without_the_server(pair_url, page):
    complaints, sent = [], []
    page.on("console", lambda said: complaints.append(said.text) if is_wrong(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{pair_url}/filters?run=characters-adequate&second=characters-too-large")
    page.get_by_text("Your picture", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        files=[{"name": "sun.png", "mimeType": "image/png", "buffer": drawn()}]
    )
    page.locator("strong", has_text="sun.png").wait_for()
    page.get_by_text("Wrongly called so").wait_for()
    page.get_by_role("tab", name="Through training").click()
    canvas = page.locator(".st-key-history canvas").first
    canvas.wait_for()
    page.wait_for_timeout(3000)
    before = len(sent)
    page.locator(SLIDER).focus()
    pictures = {canvas.screenshot()}
    for _ in range(4):
        page.keyboard.press("ArrowLeft")  # it begins at the chosen checkpoint, the last one
        page.wait_for_timeout(300)
        pictures.add(canvas.screenshot())
    assert len(pictures) == 5
    assert len(sent) == before
    assert complaints == []
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")


PASTE = """bytes => {
    const file = new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" });
    const board = new DataTransfer();
    board.items.add(file);
    const told = { clipboardData: board, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new ClipboardEvent("paste", told));
}"""


def test_a_picture_is_pasted_wherever_one_is_on_the_page(pair_url, page):
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{pair_url}/filters?run=characters-adequate")
    page.get_by_text("Your picture", exact=True).click()
    page.locator(".st-key-paste_filters_upload").wait_for(state="attached")
    page.locator(SETTLED).wait_for()
    page.wait_for_timeout(1000)
    page.evaluate(PASTE, list(drawn()))
    page.get_by_text("What the network sees: 32 × 32 pixels").wait_for()
    assert page.locator(".st-key-filters_upload").get_by_text("pasted.png").count() == 1


@contextmanager
def inference_held():
    """Keep the inference processes of this test's servers from working for a while."""
    children = psutil.Process().children(recursive=True)
    held = [child for child in children if "explorer.inference.server" in child.cmdline()]
    for process in held:
        process.suspend()
    try:
        yield
    finally:
        for process in held:
            process.resume()


def test_making_pictures_can_be_stopped_and_begun_again(pair_url, page):
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{pair_url}/filters?run=characters-adequate&view=What+it+looks+for")
    page.locator(SETTLED).wait_for()
    with inference_held():  # or the pictures might be there before anyone can press Stop
        page.get_by_role("button", name="Show what it looks for").click()
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_text("Stopping").wait_for()
    page.get_by_text("Stopped.", exact=True).wait_for()
    expect(page.locator("[data-testid=stProgress]")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()


@pytest.mark.parametrize("view", ["Classes", "What it looks for"])
def test_on_a_phone_the_tab_that_a_link_names_is_in_sight(pair_url, browser, view):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{pair_url}/filters?run=characters-adequate&view={view.replace(' ', '+')}")
    tab = page.get_by_role("tab", name=view, exact=True)
    page.locator(SETTLED).wait_for()
    page.wait_for_timeout(1500)
    box = tab.bounding_box()
    context.close()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
