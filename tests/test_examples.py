"""The examples in docstrings do what they say."""

import doctest
import importlib

import pytest

from explorer.paths import PROJECT


def modules_with_examples():
    files = sorted((PROJECT / "explorer").rglob("*.py"))
    with_examples = [file for file in files if ">>> " in file.read_text(encoding="utf-8")]
    return [".".join(file.relative_to(PROJECT).with_suffix("").parts) for file in with_examples]


@pytest.mark.parametrize("module", modules_with_examples())
def test_the_examples_of_a_module_hold(module):
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert (failed, tried > 0) == (0, True)
