import re

import pytest

pytestmark = pytest.mark.browser
SLIDER = ".vega-bindings input[type=range]"


def set_up_digits(page, url, *, epochs):
    page.goto(f"{url}/trainer?images=digits")
    page.get_by_label("Epochs").fill(str(epochs))
    page.get_by_label("Epochs").press("Enter")
    page.get_by_text(f"{24 * epochs:,} steps", exact=True).wait_for()


def picture(page):
    return page.locator(".st-key-scrubber canvas").first.screenshot()


def watch_socket(page):
    """Collect what the page sends to the server from the next socket on."""
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    return sent


@pytest.fixture(scope="module")
def trained(app_url, browser):
    """Train the digits from the page; return the address of the finished run."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    set_up_digits(page, app_url, epochs=2)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("Recorded:").wait_for()
    page.locator(SLIDER).wait_for()
    page.wait_for_url(re.compile("run="))
    yield page.url
    page.close()


def test_scrubbing_changes_the_picture_and_sends_nothing(trained, page):
    sent = watch_socket(page)
    page.goto(trained)
    slider = page.locator(SLIDER)
    slider.wait_for()
    page.wait_for_timeout(3000)
    before, sent_before = picture(page), len(sent)
    assert sent_before > 0
    slider.focus()
    pictures = {before}
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(200)
        pictures.add(picture(page))
    assert slider.input_value() == "5"
    assert len(pictures) == 6
    assert len(sent) == sent_before


def test_the_play_button_moves_the_slider_until_paused(trained, page):
    page.goto(trained)
    page.locator(SLIDER).wait_for()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Pause", exact=True).click()
    reached = int(page.locator(SLIDER).input_value())
    page.wait_for_timeout(500)
    assert reached > 2
    assert int(page.locator(SLIDER).input_value()) == reached


def test_a_reload_in_the_middle_finds_the_job_again(app_url, page):
    set_up_digits(page, app_url, epochs=900)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text(re.compile(r"Step [\d,]+ of 21,600")).wait_for()
    page.reload()
    page.get_by_text(re.compile(r"Step [\d,]+ of 21,600")).wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Resume", exact=True).wait_for()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_role("button", name="Resume", exact=True).wait_for(state="detached")


def test_names_with_markup_fetch_nothing(trained, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(trained)
    page.get_by_role("button", name="Rename").click()
    name = "![x](http://127.0.0.1:9/x.png) http://127.0.0.1:9"
    page.get_by_label("New name").fill(name)
    page.get_by_label("New name").press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("![x](").filter(visible=True).first.wait_for()
    page.wait_for_timeout(1000)
    assert not [url for url in asked if "127.0.0.1:9" in url]
    assert page.locator("a[href*='127.0.0.1:9']").count() == 0


def test_a_link_to_a_page_opens_it_in_its_frame_on_a_fresh_server(serve, browser, page):
    page.goto(f"{serve()}/trainer?view=Runs")
    page.get_by_text("There are no runs yet").wait_for()
    assert page.get_by_role("link", name="Story").count() == 1
    assert page.title() == "Trainer · Convnet Explorer"


def values(page):
    return page.locator(SLIDER).evaluate_all("all => all.map(one => Number(one.value))")


def test_sliders_of_two_runs_follow_the_training_step_to_the_end_of_the_longer(serve, page):
    names = ("characters-adequate", "photographs")
    page.goto(f"{serve(names)}/trainer?view=Runs&run={names[0]}&run={names[1]}")
    page.locator(SLIDER).nth(1).wait_for()
    page.wait_for_timeout(5000)
    lengths = page.locator(SLIDER).evaluate_all("all => all.map(one => Number(one.max))")
    assert lengths[0] != lengths[1]
    for pressed, reached in (("End", lengths), ("Home", [0, 0])):
        page.locator(SLIDER).nth(1).focus()
        page.keyboard.press(pressed)
        page.wait_for_timeout(500)
        assert values(page) == reached
    page.locator(SLIDER).nth(0).focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert values(page) == [10, 10]


TAKE_FIRST = """() => {
    const forms = [...document.querySelectorAll('.st-key-scrubber .vega-bindings')];
    window.first = [forms[0], forms[0].parentNode];
    forms.forEach((form) => {
        delete form.querySelector('input').dataset.seen;
        form.querySelector('output').remove();
    });
    forms[0].remove();
}"""


def test_each_slider_tells_its_own_run_in_whatever_order_charts_are_drawn(serve, page):
    url = serve(("characters-adequate", "characters-too-large"), change=forget_beginning)
    told = page.locator(".st-key-scrubber output")
    page.goto(f"{url}/trainer?run=characters-too-large&run=characters-adequate")
    told.nth(1).wait_for()
    page.wait_for_timeout(3000)
    assert told.all_inner_texts() == ["5", "0"]
    page.evaluate(TAKE_FIRST)  # as when the chart above is drawn anew
    page.wait_for_timeout(300)
    page.evaluate("() => window.first[1].append(window.first[0])")
    page.wait_for_timeout(300)
    assert told.all_inner_texts() == ["5", "0"]


def forget_beginning(folder):
    """Leave the run with the large rate with its steps from the fifth on."""
    if folder.name == "characters-too-large":
        for step in range(5):
            (folder / "steps" / f"{step:08d}.safetensors").unlink()
