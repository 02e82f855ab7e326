from html.parser import HTMLParser

import pytest

from explorer.analysis.glossary import SECTIONS, glossary, section
from explorer.charts.markdown import to_html


class Plain(HTMLParser):
    """Collect the names of elements, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        assert not attributes

    def handle_data(self, data):
        self.text += data


def test_lists_become_lists_and_paragraphs_paragraphs():
    found = Plain(to_html("One\nline.\n\n- a\n- b\n\n1. c\n2. d"))
    assert found.tags == ["p", "ul", "li", "li", "ol", "li", "li"]
    assert "One line." in found.text


def test_code_is_left_as_it_is_and_words_are_marked_up():
    found = to_html("`a * b * c` **b** *e*")
    assert found == "<p><code>a * b * c</code> <b>b</b> <em>e</em></p>"


@pytest.mark.parametrize("words", ["<b>x</b>", '<a href="x">y</a>', "a & b < c", "[x](y) ![z](w)"])
def test_markup_stays_text(words):
    found = Plain(to_html(words))
    assert found.tags == ["p"]
    assert found.text == words


def test_every_section_of_the_glossary_is_written_without_a_mark_left_over():
    assert list(glossary()) == list(SECTIONS)
    for words in glossary().values():
        found = Plain(to_html(words))
        assert set(found.tags) <= {"p", "ul", "ol", "li", "b", "em", "code"}
        assert not {"*", "`", "|"} & set(found.text)


def test_a_section_that_is_not_there_names_those_there_are():
    with pytest.raises(ValueError, match="Words"):
        section("Colours")
