"""Beside a scrubber: a play button, and what keeps several sliders at one step.

All of it happens in the browser; the server only learns how wide the page is.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

MILLISECONDS_A_STEP = 120
MOST_BROWSERS = 100
USUAL_WIDTH = 1280
NARROW_WIDTH = 340

HTML = '<button type="button" aria-pressed="false">Play</button>'

CSS = """
button {
    font: inherit;
    font-family: var(--st-font);
    color: var(--st-text-color);
    background: var(--st-background-color);
    border: 1px solid var(--st-border-color);
    border-radius: var(--st-button-radius);
    min-width: 5.5rem;
    padding: 0.35rem 0.9rem;
    cursor: pointer;
}
button:hover, button:focus-visible {
    color: var(--st-primary-color);
    border-color: var(--st-primary-color);
}
"""

# The sliders belong to the charts, and count recorded steps. Setting a slider's value and telling
# it so is all that a chart needs. Runs record different steps: the others go to the last step they
# recorded up to the one that is shown. A chart that is built anew, because its axes changed,
# begins at 0: it is moved to where the visitor was. The sliders stay in sight below tall charts.
# Sliders in `apart` stand for something else than the step: they are left where they are put, and
# are put there again when a chart is built anew.
JS = """
const INPUT = ".vega-bindings input[type=range]";
const TURN_MS = 60;
const AGAIN_MS = 3000;
const MOST_TRIES = 5;
const LOOK_AGAIN_MS = 50;

// While a page is drawn anew, the container may not be there yet, or the one before may still be.
// So the one that this button stands in is taken, as soon as it stands in one.
export default function (component) {
    const host = component.parentElement.getRootNode().host ?? component.parentElement;
    let waiting = null;
    let leave = null;
    const begin = () => {
        const place = host.closest(`.st-key-${component.data.place}`);
        if (place?.isConnected) leave = follow(place, component);
        else waiting = setTimeout(begin, LOOK_AGAIN_MS);
    };
    begin();
    return () => {
        clearTimeout(waiting);
        leave?.();
    };
}

function follow(place, { parentElement, data, setStateValue }) {
    const button = parentElement.querySelector("button");
    button.hidden = !data.shown;
    // Called again whenever the data change: what the call before set up goes first.
    place.leaveScrubber?.();
    const every = () => [...place.querySelectorAll(INPUT)];
    const isApart = (slider) => slider.name in data.apart;
    const sliders = () => every().filter((slider) => !isApart(slider));
    let timer = null;
    let moving = false;
    if (String(data.moves) !== (place.dataset.moves || "0")) {
        // The page moved the slider itself: what it was moved to before is forgotten.
        place.dataset.moves = data.moves;
        delete place.dataset.step;
        sliders().forEach((slider) => {
            slider.value = data.start;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        });
    }
    let step = place.dataset.step ? Number(place.dataset.step) : null;

    const stepAt = (number, value) => (data.timelines[number] || [])[value] ?? value;
    const valueAt = (number, wanted) => {
        const steps = data.timelines[number];
        if (!steps) return wanted;
        const after = steps.findIndex((one) => one > wanted);
        return after < 0 ? steps.length - 1 : Math.max(0, after - 1);
    };
    const move = (slider, value) => {
        if (slider.value === String(value)) return;
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    };
    // Beside a slider stands which step it is at; which of its places that is says nothing.
    const tell = (slider) => {
        const words = data.apart[slider.name] || data.words[sliders().indexOf(slider)];
        const said = slider.parentElement.querySelector("output");
        if (words && said) said.textContent = words[Number(slider.value)] ?? "";
    };
    const tellAll = () => every().forEach(tell);
    const moveTo = (slider, number) => {
        moving = true;
        move(slider, valueAt(number, step));
        moving = false;
    };
    const moveOthers = (event) => {
        if (moving || !event.target.matches(INPUT)) return;
        if (isApart(event.target)) {
            place.dataset[`at_${event.target.name}`] = event.target.value;
            return;
        }
        const all = sliders();
        const number = all.indexOf(event.target);
        step = place.dataset.step = stepAt(number, Number(event.target.value));
        all.forEach((slider, other) => other !== number && moveTo(slider, other));
    };
    const keepInSight = (form) => {
        form.style.position = "sticky";
        form.style.bottom = "0";
        form.style.background = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
    };
    const putBack = (slider) => {
        const value = place.dataset[`at_${slider.name}`];
        if (isApart(slider) && value !== undefined) move(slider, value);
        if (!isApart(slider) && step !== null) moveTo(slider, sliders().indexOf(slider));
    };
    // Which of several sliders one is, is known when all are there: with each new one all are told.
    const restore = () => {
        const fresh = every().filter((slider) => !slider.dataset.seen);
        if (!fresh.length) return;
        fresh.forEach((slider) => {
            slider.dataset.seen = "yes";
            slider.style.width = `${Math.min(480, Math.floor(place.clientWidth * 0.35))}px`;
            keepInSight(slider.closest("form"));
            if (slider.nextElementSibling) slider.nextElementSibling.style.display = "none";
            const said = document.createElement("output");
            said.style.cssText = "margin-left: 0.5rem; font-variant-numeric: tabular-nums";
            slider.after(said);
        });
        every().forEach(putBack);
        tellAll();
    };
    const leader = () => {
        const ends = sliders().map((slider, number) => stepAt(number, Number(slider.max)));
        return sliders()[ends.indexOf(Math.max(...ends))];
    };
    const pause = () => {
        clearInterval(timer);
        timer = null;
        button.textContent = "Play";
        button.setAttribute("aria-pressed", "false");
    };
    const advance = () => {
        const slider = leader();
        if (!slider || Number(slider.value) >= Number(slider.max)) return pause();
        move(slider, Number(slider.value) + 1);
    };
    button.onclick = () => {
        if (timer) return pause();
        const slider = leader();
        if (!slider) return;
        if (Number(slider.value) >= Number(slider.max)) move(slider, 0);
        timer = setInterval(advance, data.milliseconds);
        button.textContent = "Pause";
        button.setAttribute("aria-pressed", "true");
    };
    // Of widths that are told at one moment Streamlit draws one fragment anew: so each chart of the
    // page waits for its turn, and says it again as long as it is drawn too wide or too narrow.
    place.dataset.measured = "yes";
    let waiting = null;
    let tries = 0;
    const turn = () => [...document.querySelectorAll("[data-measured]")].indexOf(place);
    const measureAfter = (pause) => {
        clearTimeout(waiting);
        waiting = setTimeout(measure, pause + TURN_MS * turn());
    };
    const measure = () => {
        const width = Math.floor(place.clientWidth / 20) * 20;
        if (!width || width === data.width || tries >= MOST_TRIES) return;
        tries += 1;
        setStateValue("width", width);
        measureAfter(AGAIN_MS);
    };

    restore();
    tellAll();
    place.addEventListener("input", moveOthers);
    place.addEventListener("input", tellAll);
    const watcher = new MutationObserver(restore);
    watcher.observe(place, { childList: true, subtree: true });
    const ruler = new ResizeObserver(() => {
        tries = 0;
        measureAfter(0);
    });
    ruler.observe(place);
    place.leaveScrubber = () => {
        pause();
        clearTimeout(waiting);
        watcher.disconnect();
        ruler.disconnect();
        place.removeEventListener("input", moveOthers);
        place.removeEventListener("input", tellAll);
    };
    return place.leaveScrubber;
}
"""

_play_button = st.components.v2.component("play_button", html=HTML, css=CSS, js=JS)


def play_button(
    place: str,
    timelines: list[list[int]],
    *,
    words: Sequence[Sequence[str]] = (),
    apart: Mapping[str, Sequence[str]] | None = None,
    shown: bool = True,
    moves: int = 0,
    start: int = 0,
) -> int:
    """Show the button.

    Args:
        place: Key of the container that holds the charts with the sliders.
        timelines: The steps that each slider counts, in the order of the charts.
        words: What each place of each slider is called, to stand beside it; none by default.
        apart: Sliders that do not stand for the step, by the names of their parameters, and what
            their places are called.
        shown: Whether there is anything to play; the width is measured all the same.
        moves: How often the page itself has moved the slider; when it counts up, it does so again.
        start: Where the page moves it to.

    Returns:
        How many pixels wide that container is; a good guess before the browser has told.
    """
    key = f"play_{place}"
    browser = st.context.headers.get("User-Agent", "")
    width = st.session_state.get(key, {}).get("width")
    if width:
        _remember(browser, width)
    width = width or _widths_seen().get(browser) or _likely_width(browser)
    _play_button(
        key=key,
        data={
            "place": place,
            "milliseconds": MILLISECONDS_A_STEP,
            "width": width,
            "timelines": timelines,
            "words": [list(one) for one in words],
            "apart": {name: list(one) for name, one in (apart or {}).items()},
            "shown": shown,
            "moves": moves,
            "start": start,
        },
        on_width_change=lambda: None,
    )
    return width


@st.cache_resource(show_spinner=False, max_entries=1)
def _widths_seen() -> dict[str, int]:
    """Return the last width of each kind of browser: the best guess for the next chart."""
    return {}


def _remember(browser: str, width: int):
    seen = _widths_seen()
    if len(seen) >= MOST_BROWSERS:
        seen.clear()
    seen[browser] = width


def _likely_width(browser: str) -> int:
    return NARROW_WIDTH if "Mobi" in browser else USUAL_WIDTH
