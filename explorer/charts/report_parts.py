"""What a report is made of, and each part as HTML: cards, words, tables, charts, pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from explorer.analysis.findings import Finding
from explorer.analysis.verdict import Judgement
from explorer.charts.markdown import to_html
from explorer.charts.report_text import shown

LETTERS = "AB"
BROAD = 200  # pixels; pictures as wide as this stand further apart


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
class Tile:
    """One picture with words below it.

    Args:
        url: A `data:` address of the picture; empty where it is gone.
        size: Pixels wide and high that it is shown in, on a page with room for it.
        lines: What stands below it, the first line in bold.
    """

    url: str
    size: tuple[int, int]
    lines: Sequence[str]


@dataclass(frozen=True)
class Figure:
    """One chart, or some pictures, or words alone.

    Args:
        key: Short name of letters and hyphens, such as `"curves"`.
        title: Its heading.
        words: What to see, or why there is nothing.
        specs: Its Vega-Lite specification by the width it is made for, in pixels; empty when
            there is no chart.
        places: What each place of its slider is called; none for a chart without one.
        tiles: Pictures, shown side by side as many as fit.
        level: 2 for a heading of the page, 3 for one below the last of these.
    """

    key: str
    title: str
    words: str
    specs: Mapping[int, dict] = field(default_factory=dict)
    places: Sequence[str] = ()
    tiles: Sequence[Tile] = ()
    level: int = 2

    @property
    def is_small(self) -> bool:
        """Whether it is a chart that shares its row with another where there is room."""
        return bool(self.specs) and self.level > 2


def card_part(letter: str, card: Card) -> str:
    """Write the verdict on a run; what a finding rests on is folded, as on the page."""
    found = card.judgement
    words = "".join(f"<p>{shown(one)}</p>" for one in card.words)
    return f"""<section class="card {letter.lower()}">
<h2>Run {letter}: {shown(card.name)}</h2>
<h3>{shown(found.title)}</h3>
<p>{shown(found.summary)}</p>{words}
{_findings("Why", "rule", found.findings, is_open=True)}
{_findings("Also worth knowing", "note", found.notes)}
</section>"""


def _findings(title, noun, findings: Sequence[Finding], *, is_open=False):
    if not findings:
        return ""
    count = f"{len(findings)} {noun}{'' if len(findings) == 1 else 's'}"
    told = "".join(map(_finding, findings))
    return _folded(f"{title}: {count}", told, is_open=is_open)


def _finding(finding):
    place = f" · {shown(finding.place)}" if finding.place else ""
    lines = [f"Rule: <code>{shown(finding.rule)}</code>{place}"]
    lines += [shown(number.words) for number in finding.numbers]
    lines += [f"Source: {shown(finding.source)}"] if finding.source else []
    rests_on = "".join(f'<p class="faint">{line}</p>' for line in lines)
    return f"""<div class="rule">
<p><b>{shown(finding.title)}</b>, {shown(finding.moment)}</p><p>{shown(finding.words)}</p>
{_folded("Rule, numbers and source", rests_on)}</div>"""


def _folded(title, content, *, is_open=False):
    opened = " open" if is_open else ""
    return f"<details{opened}><summary>{shown(title)}</summary>{content}</details>"


def glossary_part(title: str, glossary: Mapping[str, str]) -> str:
    """Write what hard words mean, folded; its words are markdown of our own."""
    told = "".join(f"<h3>{shown(name)}</h3>{to_html(words)}" for name, words in glossary.items())
    return f'<div class="words">{_folded(title, told)}</div>' if glossary else ""


def settings_part(differing: Sequence[tuple], common: Sequence[tuple], names: Sequence[str]) -> str:
    """Write what was set differently, and folded what was trained."""
    if differing:
        words, rows = "What was set differently:", _table(differing, names)
    else:
        words, rows = "No setting differs between the two runs.", ""
    return f"""<h2>What was trained</h2>
<p>{words}</p>{rows}
{_folded("Images, network and outcome", _table(common, names))}"""


def _table(rows, names):
    heads = "".join(
        f'<th scope="col">{letter}: {shown(name)}</th>'
        for letter, name in zip(LETTERS, names, strict=False)
    )
    lines = "".join(
        f'<tr><th scope="row">{shown(name)}</th>'
        + "".join(f"<td>{shown(value)}</td>" for value in values)
        + "</tr>"
        for name, *values in rows
    )
    return (
        f'<div class="wide"><table><thead><tr><th scope="col"></th>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def figures_part(figures: Sequence[Figure]) -> str:
    """Write all charts and pictures; small charts that follow each other stand side by side."""
    parts = []
    for is_small, group in groupby(figures, key=lambda figure: figure.is_small):
        written = map(figure_part, group)
        parts.append(_grid(written) if is_small else "".join(written))
    return "".join(parts)


def _grid(parts):
    return f'<div class="pairs">{"".join(f"<section>{part}</section>" for part in parts)}</div>'


def figure_part(figure: Figure) -> str:
    """Write a heading, its words, and the place of a chart or the pictures themselves."""
    tag = f"h{figure.level}"
    words = "".join(f"<p>{shown(one)}</p>" for one in figure.words.split("\n") if one)
    lead = f"<{tag}>{shown(figure.title)}</{tag}><div>{words}</div>"
    if figure.tiles:
        return f'{lead}<div class="tiles">{"".join(map(_tile, figure.tiles))}</div>'
    return lead + (_chart_place(figure) if figure.specs else "")


def _chart_place(figure):
    pictures = "".join(
        f'<button type="button" data-picture="{kind}">Save as {kind.upper()}</button>'
        for kind in ("png", "svg")
    )
    return f"""
<figure id="{shown(figure.key)}">
<div class="controls">
<button type="button" class="play" aria-pressed="false" hidden>Play</button>
<div class="bindings"></div>{pictures}</div>
<div class="chart" tabindex="0" role="img" aria-label="Chart: {shown(figure.title)}"></div>
</figure>"""


def _tile(tile):
    width, height = tile.size
    picture = ""
    if tile.url:
        alt = shown("; ".join(tile.lines))
        picture = f'<img src="{shown(tile.url)}" width="{width}" height="{height}" alt="{alt}">'
    first, *others = tile.lines
    lines = "".join(f"<br>{shown(line)}" for line in others)
    kind = "tile broad" if width > BROAD else "tile"
    return f"""<figure class="{kind}" style="max-width: {width}px">{picture}
<figcaption><b>{shown(first)}</b>{lines}</figcaption></figure>"""
