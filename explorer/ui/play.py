"""A button that plays a chart's own step slider, in the browser alone."""

import streamlit as st

MILLISECONDS_A_STEP = 120

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

# The slider belongs to the chart. Setting its value and telling it so is all the chart needs.
JS = """
export default function ({ parentElement, data }) {
    const button = parentElement.querySelector("button");
    const find = () => document.querySelector(
        `.st-key-${data.place} .vega-bindings input[type=range]`);
    let timer = null;
    const move = (slider, value) => {
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const pause = () => {
        clearInterval(timer);
        timer = null;
        button.textContent = "Play";
        button.setAttribute("aria-pressed", "false");
    };
    const advance = () => {
        const slider = find();
        if (!slider || Number(slider.value) >= Number(slider.max)) return pause();
        move(slider, Number(slider.value) + Number(slider.step || 1));
    };
    button.onclick = () => {
        if (timer) return pause();
        const slider = find();
        if (!slider) return;
        if (Number(slider.value) >= Number(slider.max)) move(slider, slider.min);
        timer = setInterval(advance, data.milliseconds);
        button.textContent = "Pause";
        button.setAttribute("aria-pressed", "true");
    };
    return pause;
}
"""

_play_button = st.components.v2.component("play_button", html=HTML, css=CSS, js=JS)


def play_button(place: str):
    """Show the button.

    Args:
        place: Key of the container that holds the chart with the slider.
    """
    _play_button(key=f"play_{place}", data={"place": place, "milliseconds": MILLISECONDS_A_STEP})
