import zipfile
from io import BytesIO

import pytest

from explorer.exports.csv_text import to_csv
from explorer.exports.tables import TABLES, percentiles_table
from explorer.exports.worker import Request, make


def asked(comparison, what, **changes):
    folders = [str(run.folder) for run in comparison.chosen]
    return Request(what, *folders, {"tensor": comparison.tensor}, **changes)


def made(request):
    return make(request, lambda share, words: None)


def test_all_tables_come_in_one_archive_each_as_it_comes_alone(comparison):
    with zipfile.ZipFile(BytesIO(made(asked(comparison, "tables")))) as archive:
        assert archive.namelist() == [f"{name}.csv" for name in TABLES]
        alone = to_csv(percentiles_table(comparison)).encode()
        assert archive.read("percentiles.csv") == alone
    assert made(asked(comparison, "table", table="percentiles")) == alone


def test_a_table_without_rows_is_named_in_the_archive(write_run):
    folders = [str(write_run(name, [0], tensors={"conv_1/bias": (4,)}).folder) for name in "ab"]
    with zipfile.ZipFile(BytesIO(made(Request("tables", *folders, {})))) as archive:
        assert "kernels is missing.txt" in archive.namelist()
        assert "kernels.csv" not in archive.namelist()


@pytest.mark.parametrize(("file_format", "start"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_a_picture_has_the_format_that_is_asked_for(comparison, file_format, start):
    request = asked(comparison, "picture", chart="gradients", file_format=file_format, step=1)
    assert made(request).startswith(start)


def test_a_name_that_is_no_text_can_be_written(write_run):
    folders = [str(write_run("\ud800 broken", [0, 1]).folder)] * 2
    assert b"? broken" in made(Request("table", *folders, {}, table="metrics"))
    assert b"? broken" in made(Request("report", *folders, {}))
