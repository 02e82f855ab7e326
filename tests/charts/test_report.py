import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from explorer.analysis.findings import Finding, Number
from explorer.analysis.verdict import Judgement
from explorer.charts.report import Report, document
from explorer.charts.report_parts import Card, Figure, Tile, card_part, figures_part
from explorer.charts.report_text import closed, safe_json

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    '"><img src=http://example.com/x.png onerror=alert(1)>',
    "'; alert(1); //",
    "]]>&lt;b&gt;",
    "\u2028 \u202e name \ud800",
]


class Reader(HTMLParser):
    """Collect elements, and the text of scripts and of everything else."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.words, self.inside = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data
        else:
            self.words.append(data)


def make(text="A run", library="window.vegaEmbed = null;"):
    number = Number(text, float("nan"), ">=", 0.5)
    finding = Finding(text, text, text, (number,), 3, text, "loss", text)
    tiles = [Tile("data:image/png;base64,AA==", (8, 8), [text, text]), Tile("", (0, 0), [text])]
    judged = Judgement("adequate", text, text, (finding,), (finding,))
    spec = {"title": text, "data": {"name": text}}
    report = Report(
        title=text,
        made=datetime(2026, 11, 23, 15, 4, tzinfo=UTC),
        versions={"Convnet Explorer": "0.1.0", text: text},
        cards=[Card(text, judged, [text]), Card(text, judged)],
        differing=[(text, text, text)],
        common=[(text, text, text)],
        figures=[
            Figure("curves", text, text, {1140: spec}, ["0", text]),
            Figure("none", text, text),
            Figure("pictures", text, text, tiles=tiles, level=3),
        ],
        data={text: {"c": [text], "r": [[text], [None]]}},
        glossary={"Words": "- **Loss**: how wrong."},
    )
    return document(report, library)


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_run_is_called_the_elements_stay_the_same(name):
    plain, hostile = Reader(make()), Reader(make(name))
    shape = [(tag, list(attributes)) for tag, attributes in plain.elements]
    assert [(tag, list(attributes)) for tag, attributes in hostile.elements] == shape
    assert len(hostile.scripts) == 3
    assert hostile.scripts[1:] == plain.scripts[1:]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_is_read_as_it_was_written_but_for_what_turns_text_round(name):
    found = Reader(make(name))
    name = name.replace("\u202e", "")
    assert sum(name in words for words in found.words) >= 20
    content = json.loads(found.scripts[0])
    assert content["data"] == {name: {"c": [name], "r": [[name], [None]]}}
    assert content["figures"] == [
        {
            "id": "curves",
            "specs": {"1140": {"title": name, "data": {"name": name}}},
            "places": ["0", name],
        }
    ]


TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("mark", TURNING)
def test_no_name_turns_round_what_follows_it(mark):
    text = make(f"a{mark}{mark}b\\{mark}c")
    assert mark not in text
    assert text == make("ab\\c")


def test_a_name_that_spells_such_a_character_out_is_kept():
    for name in (r"a\u202e", r"a\\u202e", "a\u200db"):
        assert json.loads(safe_json([name])) == [name]
        assert sum(name in words for words in Reader(make(name)).words) >= 20


def test_nothing_may_be_loaded_and_only_its_own_programs_run():
    found = Reader(make())
    policy = next(one["content"] for _, one in found.elements if "http-equiv" in one)
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data: blob:"
    assert rules["script-src"].count("sha256-") == 2
    assert not re.search("unsafe|http|self|[*]", rules["script-src"])
    assert "connect-src" not in rules
    asked = [one.get("src", one.get("href")) for _, one in found.elements]
    assert {one for one in asked if one} == {"data:image/png;base64,AA=="}


def test_no_address_is_in_the_document_itself():
    assert "://" not in make()


def test_json_holds_no_markup_and_reads_back():
    values = {"a": HOSTILE[:-1], "b": [1.5, None]}
    written = safe_json(values)
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == values


def test_numbers_that_json_cannot_write_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        safe_json([float("nan")])


def test_a_library_cannot_end_its_script():
    found = Reader(make(library="a = '</script><b>'; c = '</SCRIPT '; d = '<!--';"))
    assert found.scripts[1] == r"a = '<\/script><b>'; c = '<\/SCRIPT '; d = '\x3c!--';"
    assert closed("a < b; d = '</b>'") == "a < b; d = '</b>'"


def test_the_document_tells_its_size_versions_and_time():
    text = make(library=f"/*{'x' * 3_000_000}*/")
    words = " ".join(Reader(text).words)
    assert "3.0 MB" in words
    assert "Convnet Explorer 0.1.0" in words
    assert "23 November 2026, 15:04 UTC" in words


@pytest.mark.parametrize(
    ("when", "words"),
    [("at", "at step 3"), ("since", "from step 3 on"), ("judged", "judged at step 3")],
)
def test_a_finding_says_how_its_step_is_meant_and_its_numbers_in_words(when, words):
    number = Number("Ratio", 0.002, "<", 0.5)
    finding = Finding("slow", "Slow", "It is slow.", (number,), 3, when=when)
    said = card_part("A", Card("Run", Judgement("adequate", "Good", "Fine.", (finding,), ())))
    assert f"<b>Slow</b>, {words}</p>" in said
    assert "Ratio: 0.002, below the threshold 0.5" in said


def test_the_words_are_explained_once_and_folded():
    text = make()
    assert text.count("<li><b>Loss</b>: how wrong.</li>") == 1
    before = text.split("<li><b>Loss</b>")[0]
    assert before.rindex("<details>") > before.rindex("</details>")


def test_pictures_stand_with_their_words_and_one_that_is_gone_leaves_its_words():
    pictures = [one for tag, one in Reader(make("owl")).elements if tag == "img"]
    assert [(one["width"], one["alt"]) for one in pictures] == [("8", "owl; owl")]
    assert Reader(make("owl")).words.count("owl") > Reader(make("")).words.count("owl")
    assert make().count("<figcaption>") == 2


def test_small_charts_that_follow_each_other_stand_side_by_side():
    small = [Figure(key, key, "", {340: {}}, level=3) for key in ("one", "two")]
    large = Figure("three", "three", "", {340: {}})
    parts = figures_part([*small, large]).split('<div class="pairs">')
    assert len(parts) == 2
    assert parts[1].count("<section>") == 2
    assert parts[1].index("three") > parts[1].index("</section></div>")
