"""One HTML file with a whole comparison in it, which opens from disk without a network.

Everything is inside: words, data, and the program that draws. The file says itself that nothing
may be loaded (a Content-Security-Policy that names its two programs by their digests), so a name
that holds markup stays a name whatever happens.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from explorer.analysis.findings import Finding, short
from explorer.analysis.verdict import Judgement
from explorer.charts.report_page import SCRIPT, STYLE

LETTERS = "AB"

# They would show what follows a name in another order than it was written. In JSON they stand
# after an even number of backslashes: after an odd one it is the text of a name.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TURNING_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:061c|200[ef]|202[a-e]|206[6-9])")


@dataclass(frozen=True)
class Card:
    """What is said about one run.

    Args:
        name: Its name.
        judgement: The verdict, with its rules and notes.
        words: More sentences, such as that steps are damaged.
    """

    name: str
    judgement: Judgement
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Figure:
    """One chart.

    Args:
        key: Short name of letters and hyphens, such as `"curves"`.
        title: Its heading.
        words: A sentence on what to see.
        specs: Its Vega-Lite specification by the width it is made for, in pixels; empty when
            there is nothing to draw, which `words` then says.
    """

    key: str
    title: str
    words: str
    specs: Mapping[int, dict]


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
        figures: The charts, from top to bottom.
        data: Their data by name, see `embedded.packed`.
    """

    title: str
    made: datetime
    versions: Mapping[str, str]
    cards: Sequence[Card]
    differing: Sequence[tuple[str, str, str]]
    common: Sequence[tuple[str, str, str]]
    figures: Sequence[Figure]
    data: Mapping[str, dict] = field(default_factory=dict)


def document(report: Report, library: str) -> str:
    """Write the report as one HTML document.

    Args:
        report: What it says and shows.
        library: Source of Vega, Vega-Lite and Vega-Embed that sets `vegaEmbed`.
    """
    library = closed(library)
    shown = [figure for figure in report.figures if figure.specs]
    content = {
        "data": report.data,
        "figures": [{"id": one.key, "specs": one.specs} for one in shown],
    }
    parts = (
        _head(report, (library, SCRIPT)),
        *_body(report),
        f'<script type="application/json" id="charts">{safe_json(content)}</script>',
        f"<script>{library}</script>",
        f"<script>{SCRIPT}</script>",
        "</body></html>\n",
    )
    size = sum(len(part.encode("utf-8", "replace")) for part in parts)
    return "\n".join([*parts[:2], _footer(report, size), *parts[2:]])


def safe_json(values) -> str:
    r"""Write JSON that no HTML parser takes for markup, without characters that turn text round.

    >>> print(safe_json({"name": "</script><!--"}))
    {"name":"\u003c/script\u003e\u003c!--"}
    """
    text = json.dumps(values, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    text = TURNING_IN_JSON.sub(r"\1", text)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def closed(source: str) -> str:
    r"""Keep a program from ending its own script element: `</script` lives in its texts only.

    >>> print(closed("a = '</script>'"))
    a = '<\/script>'
    """
    return re.sub(r"<(?=/script|!--)", _escaped_opening, source, flags=re.IGNORECASE)


def _escaped_opening(match):
    return "<\\" if match.string[match.end()] == "/" else "\\x3c"


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
<title>{_text(report.title)}</title>
<style>{STYLE}</style></head>
<body>"""


def _digest(program):
    digest = hashlib.sha256(program.encode("utf-8", "replace")).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _body(report):
    made = report.made.strftime("%d %B %Y, %H:%M %Z").strip()
    yield f"""<header><h1>{_text(report.title)}</h1>
<p class="faint">Recorded and compared with Convnet Explorer, {_text(made)}. Run A is blue, run B
is orange, on the same bins and the same scales.</p></header>
<main>
<noscript><p>The charts need JavaScript; the words below do not.</p></noscript>
<div class="cards">{"".join(map(_card, LETTERS, report.cards))}</div>
{_settings(report)}
{"".join(map(_figure, report.figures))}
</main>"""


def _footer(report, size):
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"""<footer><h2>About this file</h2>
<p class="faint">{size / 1e6:.1f} MB, made with {_text(versions)}. It holds everything it shows
and loads nothing: it can be kept, sent and opened without a network.</p></footer>"""


def _card(letter, card):
    found = card.judgement
    words = "".join(f"<p>{_text(one)}</p>" for one in card.words)
    return f"""<section class="card {letter.lower()}">
<h2>Run {letter}: {_text(card.name)}</h2>
<h3>{_text(found.title)}</h3>
<p>{_text(found.summary)}</p>{words}
{_rules("Why", "rule", found.findings, is_open=True)}
{_rules("Also worth knowing", "note", found.notes)}
</section>"""


def _rules(title, noun, findings: Sequence[Finding], *, is_open=False):
    if not findings:
        return ""
    count = f"{len(findings)} {noun}{'' if len(findings) == 1 else 's'}"
    told = "".join(map(_finding, findings))
    opened = " open" if is_open else ""
    return f"<details{opened}><summary>{title}: {count}</summary>{told}</details>"


def _finding(finding):
    lead = f"<b>{_text(finding.title)}</b>"
    if finding.place:
        lead += f" · {_text(finding.place)}"
    if finding.step is not None:
        lead += f" · step {finding.step:,}"
    numbers = "".join(
        f'<p class="faint">{_text(one.name)}: {_text(_number(one.value))} '
        f"{_text(one.relation)} {_text(_number(one.threshold))}, the threshold</p>"
        for one in finding.numbers
    )
    source = f'<p class="faint">Source: {_text(finding.source)}</p>' if finding.source else ""
    return f'<div class="rule"><p>{lead}</p><p>{_text(finding.words)}</p>{numbers}{source}</div>'


def _number(value):
    return short(value) if isinstance(value, float) else str(value)


def _settings(report):
    if report.differing:
        words, rows = "What was set differently:", _table(report.differing, report.cards)
    else:
        words, rows = "No setting differs between the two runs.", ""
    return f"""<h2>What was trained</h2>
<p>{words}</p>{rows}
<details><summary>Images, network and outcome</summary>{_table(report.common, report.cards)}
</details>"""


def _table(rows, cards):
    heads = "".join(
        f'<th scope="col">{letter}: {_text(card.name)}</th>'
        for letter, card in zip(LETTERS, cards, strict=False)
    )
    lines = "".join(
        f'<tr><th scope="row">{_text(name)}</th>'
        + "".join(f"<td>{_text(value)}</td>" for value in values)
        + "</tr>"
        for name, *values in rows
    )
    return (
        f'<div class="wide"><table><thead><tr><th scope="col"></th>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _figure(figure):
    lead = f"<h2>{_text(figure.title)}</h2><p>{_text(figure.words)}</p>"
    if not figure.specs:
        return lead
    pictures = "".join(
        f'<button type="button" data-picture="{kind}">Save as {kind.upper()}</button>'
        for kind in ("png", "svg")
    )
    return f"""{lead}
<figure id="{_text(figure.key)}">
<div class="controls">
<button type="button" class="play" aria-pressed="false" hidden>Play</button>
<div class="bindings"></div>{pictures}</div>
<div class="chart" tabindex="0" role="img" aria-label="Chart: {_text(figure.title)}"></div>
</figure>"""


def _text(value):
    return escape(TURNING.sub("", str(value)), quote=True)
