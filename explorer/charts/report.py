"""One HTML file with a whole comparison in it, which opens from disk without a network.

Everything is inside: words, data, and the program that draws. The file says itself that nothing
may be loaded (a Content-Security-Policy that names its two programs by their digests), so a name
that holds markup stays a name whatever happens.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from explorer.analysis.glossary import TITLE
from explorer.charts.report_parts import (
    LETTERS,
    Card,
    Figure,
    card_part,
    figures_part,
    glossary_part,
    settings_part,
)
from explorer.charts.report_script import SCRIPT
from explorer.charts.report_style import STYLE
from explorer.charts.report_text import closed, safe_json, shown


@dataclass(frozen=True)
class Report:
    """Everything in the file but the program that draws.

    Args:
        title: Its heading.
        made: When it was made.
        versions: What it was made with: names and versions.
        cards: The runs, A first.
        differing: Settings that differ: name, value in A, value in B.
        common: What was trained alike, in the same form.
        figures: The charts and pictures, from top to bottom.
        data: The data of the charts by name, see `embedded.packed`.
        glossary: What hard words mean: markdown of our own, by heading.
    """

    title: str
    made: datetime
    versions: Mapping[str, str]
    cards: Sequence[Card]
    differing: Sequence[tuple[str, str, str]]
    common: Sequence[tuple[str, str, str]]
    figures: Sequence[Figure]
    data: Mapping[str, dict] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)


def document(report: Report, library: str) -> str:
    """Write the report as one HTML document.

    Args:
        report: What it says and shows.
        library: Source of Vega, Vega-Lite and Vega-Embed that sets `vegaEmbed`.
    """
    library = closed(library)
    drawn = [figure for figure in report.figures if figure.specs]
    content = {
        "data": report.data,
        "figures": [{"id": one.key, "specs": one.specs, "places": one.places} for one in drawn],
    }
    parts = (
        _head(report, (library, SCRIPT)),
        _body(report),
        f'<script type="application/json" id="charts">{safe_json(content)}</script>',
        f"<script>{library}</script>",
        f"<script>{SCRIPT}</script>",
        "</body></html>\n",
    )
    size = sum(len(part.encode("utf-8", "replace")) for part in parts)
    return "\n".join([*parts[:2], _footer(report, size), *parts[2:]])


def _head(report, programs):
    allowed = " ".join(f"'{_digest(program)}'" for program in programs)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{shown(report.title)}</title>
<style>{STYLE}</style></head>
<body>"""


def _digest(program):
    digest = hashlib.sha256(program.encode("utf-8", "replace")).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _body(report):
    made = report.made.strftime("%d %B %Y, %H:%M %Z").strip()
    names = [card.name for card in report.cards]
    return f"""<header><h1>{shown(report.title)}</h1>
<p class="faint">Recorded and compared with Convnet Explorer, {shown(made)}. Run A is blue, run B
is orange, on the same bins and the same scales.</p></header>
<main>
<noscript><p>The charts need JavaScript; the words below do not.</p></noscript>
<div class="cards">{"".join(map(card_part, LETTERS, report.cards))}</div>
{glossary_part(TITLE, report.glossary)}
{settings_part(report.differing, report.common, names)}
{figures_part(report.figures)}
</main>"""


def _footer(report, size):
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"""<footer><h2>About this file</h2>
<p class="faint">{size / 1e6:.1f} MB, made with {shown(versions)}. It holds everything it shows
and loads nothing: it can be kept, sent and opened without a network.</p></footer>"""
