"""Bring the chosen tab into sight: on a phone a row of tabs is wider than the page."""

import streamlit as st

# The row may not be drawn yet when this runs for the first time; the page itself does not move.
JS = """
const TIMES = 40, MILLISECONDS = 50;

export default function ({ data }) {
    let timer = null;
    const look = (times) => {
        const tab = [...document.querySelectorAll("[role=tab][aria-selected=true]")]
            .find((one) => one.textContent.trim() === data.chosen);
        let row = tab?.parentElement;
        while (row && row.scrollWidth <= row.clientWidth) row = row.parentElement;
        if (!tab) {
            if (times > 0) timer = setTimeout(() => look(times - 1), MILLISECONDS);
            return;
        }
        if (!row?.closest("[data-testid=stTabs]")) return;
        const left = tab.getBoundingClientRect().left - row.getBoundingClientRect().left;
        row.scrollLeft += left - (row.clientWidth - tab.clientWidth) / 2;
    };
    look(TIMES);
    return () => clearTimeout(timer);
}
"""

_chosen_tab = st.components.v2.component("chosen_tab", html="<span></span>", js=JS)


def keep_in_sight(chosen: str):
    """Scroll a row of tabs sideways until the chosen one is seen.

    Args:
        chosen: Its label.
    """
    _chosen_tab(key="chosen_tab", data={"chosen": chosen}, height=1)
