"""What `run.json` may hold. It is plain JSON, and people edit it by hand."""

import reprlib

EXPECTED = {
    "name": str,
    "status": str,
    "detail": str,
    "planned_steps": int,
    "spec": dict,
    "data": dict,
    "network": dict,
    "recording": dict,
    "environment": dict,
    "resumed": list,
    "sweep": dict,
    "source": dict,
}
EXPECTED_OF_DATA = {
    "name": str,
    "fingerprint": str,
    "class_names": list,
    "image_size": int,
    "channels": int,
    "fit": str,
}
EXPECTED_OF_SWEEP = {"id": str, "name": str, "trials": int}
EXPECTED_OF_SOURCE = {
    "kind": str,
    "from": str,
    "step_unit": str,
    "lacks": list,
    "notes": list,
    "left_out": list,
}
EXPECTED_OF_RECORDING = {"bytes": (int, float), "seconds": (int, float)}
EXPECTED_OF_NETWORK = {"parameters": int}
MOST_LETTERS = 60
MOST_LEVELS = 50  # of objects and lists within each other; a run that is described has seven
IN_WORDS = {
    str: "text",
    int: "a whole number",
    (int, float): "a number",
    dict: "an object",
    list: "a list",
}


def problem(description: dict) -> str:
    """Say which known entry has a value of a wrong kind, in a sentence; nothing if all fit.

    >>> problem({"planned_steps": "many"})
    "planned_steps is 'many'. It must be a whole number."
    >>> problem({"planned_steps": 10, "of someone else": "many"})
    ''
    """
    about = description.get("data") or {}
    return (
        _problem(description, EXPECTED)
        or _problem(about, EXPECTED_OF_DATA, "data.")
        or _problem_of_names(about.get("class_names") or [])
        or _problem(description.get("network") or {}, EXPECTED_OF_NETWORK, "network.")
        or _problem(description.get("recording") or {}, EXPECTED_OF_RECORDING, "recording.")
        or _problem(description.get("sweep") or {}, EXPECTED_OF_SWEEP, "sweep.")
        or _problem(description.get("source") or {}, EXPECTED_OF_SOURCE, "source.")
        or _problem_of_texts(description.get("source") or {})
    )


def is_deep(values: object) -> bool:
    """Say whether objects and lists are nested deeper than can be looked through everywhere.

    >>> is_deep({"a": [{"b": 1}]})
    False
    """
    level = [values]
    for _ in range(MOST_LEVELS):
        level = [part for one in level for part in _parts(one)]
        if not level:
            return False
    return True


def cut(text: object) -> str:
    """Shorten what came from outside, so that a message stays a line.

    >>> cut("a run"), len(cut("x" * 10_000))
    ('a run', 60)
    """
    line = text if isinstance(text, str) else reprlib.repr(text)  # however deep it is nested
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 3]}..."


def _parts(value):
    """Return what is within an object or a list; nothing else has parts."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _problem_of_texts(source):
    for key in ("lacks", "notes", "left_out"):
        strange = [one for one in source.get(key) or [] if not isinstance(one, str)]
        if strange:
            return f"source.{key} holds {cut(strange[0])!r}. It must hold texts."
    return ""


def _problem_of_names(names):
    strange = [name for name in names if not isinstance(name, str)]
    return f"data.class_names holds {cut(strange[0])!r}. Names must be text." if strange else ""


def _problem(values, expected, prefix=""):
    for key, kind in expected.items():
        value = values.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            return f"{prefix}{key} is {cut(value)!r}. It must be {IN_WORDS[kind]}."
    return ""
