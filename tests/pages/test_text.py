import pytest

from explorer.ui import text


@pytest.mark.parametrize(
    "markup", ["![x](http://e.com/x.png)", "[x](http://e.com)", "**bold**", "`code`", "$x$", "<b>"]
)
def test_plain_text_leaves_no_markup_unescaped(markup):
    shown = text.plain(markup)
    for place, sign in enumerate(shown):
        if sign in "!*[]()`$<>_":
            assert shown[place - 1] == "\\"


@pytest.mark.parametrize("alive", ["http://e.com", "www.e.com", "a@e.com", ":material/home:"])
def test_plain_text_wakes_no_address_and_no_icon(alive):
    shown = text.plain(alive).replace("\\", "")
    assert alive not in shown
    assert shown.replace("\u2060", "") == alive


def test_plain_text_keeps_words_and_stays_on_one_line():
    assert text.plain("two\nlines  of text") == "two lines of text"


@pytest.mark.parametrize(
    ("num_bytes", "words"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (999_700, "1.0 MB"), (250e6, "250 MB")],
)
def test_sizes_read_well(num_bytes, words):
    assert text.size(num_bytes) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under 1 s"), (59.2, "59 s"), (125, "2 min 5 s"), (7800, "2 h 10 min")],
)
def test_durations_read_well(seconds, words):
    assert text.duration(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.001, "under 1 %"), (0.057, "6 %"), (1, "100 %")]
)
def test_shares_read_well(share, words):
    assert text.percent(share) == words
