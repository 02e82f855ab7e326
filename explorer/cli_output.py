"""What the shell shows: one JSON document, tables, and the progress of a job."""

import math
import mmap
import os
import sys
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from explorer import runs
from explorer.runs import files
from explorer.runs.metrics import is_validation, read_line
from explorer.training import jobs

POLL_SECONDS = 0.3
SECONDS_BETWEEN_LINES = 5
STEPS_FOR_SPEED = 200
TAIL_BYTES = 65_536


def print_json(values) -> None:
    """Print one JSON document; NaN and infinities are strings, as in the run folder."""
    click.echo(files.to_json(values, indent=2))


def say(text: str) -> None:
    """Tell something beside the result, on standard error."""
    click.echo(visible(text), err=True)


def visible(text: object) -> str:
    """Return text on one line, without the characters that would control a terminal."""
    line = " ".join(str(text).split())
    return "".join(character for character in line if unicodedata.category(character)[0] != "C")


def table(rows: list[dict]) -> str:
    """Return rows of equal keys as aligned columns under their names."""
    if not rows:
        return ""
    lines = [list(rows[0]), *([visible(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def share(value: float | None) -> str:
    """Return `"93.1 %"`, or nothing for an unknown value."""
    return "" if value is None else f"{value:.1%}".replace("%", " %")


@dataclass
class Scalars:
    """The end of a growing `metrics.jsonl`, without reading the whole file each time.

    Args:
        path: The file.
        from_the_end: Begin in the last part of the file instead of at its beginning, though with
            the last validation.
    """

    path: Path
    from_the_end: bool = False
    step: int = 0
    train: dict = field(default_factory=dict)
    validation: dict = field(default_factory=dict)
    seconds: list = field(default_factory=list)
    _offset: int = 0

    def update(self) -> None:
        """Read the lines that came since the last time; the growing last one is left."""
        if not self.path.is_file():
            return
        if self.path.stat().st_size < self._offset:
            self._offset = 0  # a resumed training has dropped what it does again
        with self.path.open("rb") as lines:
            if self.from_the_end and not self._offset:
                self._offset = _start_of_tail(lines)
            lines.seek(self._offset)
            whole = lines.read().rpartition(b"\n")[0]
        self._offset += len(whole) + 1 if whole else 0
        for line in whole.splitlines():
            self._take(line)
        self.seconds = self.seconds[-STEPS_FOR_SPEED:]

    def _take(self, line):
        entries = read_line(line)
        if entries is None:
            return  # the first, cut line of a tail, or a damaged one
        if is_validation(entries):
            self.validation = entries
        else:
            self.train, self.step = entries, entries["step"] + 1
            self.seconds += [entries["seconds"]] if "seconds" in entries else []

    @property
    def steps_a_second(self) -> float:
        """Speed over the last steps, 0 while unknown; the first step, which compiles, is left."""
        measured = self.seconds[1:]
        return len(measured) / sum(measured) if sum(measured) > 0 else 0.0

    def line(self, planned_steps: int) -> str:
        """Return what a person wants to know while waiting."""
        parts = [f"step {self.step:,} of {planned_steps:,}"]
        if self.train:
            parts.append(f"loss {self.train.get('loss', math.nan):.4g}")
            parts.append(f"accuracy {share(self.train.get('accuracy'))}")
        if self.validation:
            parts.append(f"validation {share(self.validation.get('val_accuracy'))}")
        if self.steps_a_second:
            left = max(planned_steps - self.step, 0) / self.steps_a_second
            parts += [f"{self.steps_a_second:.1f} steps/s", f"{duration(left)} left"]
        return ", ".join(parts)


def _start_of_tail(lines):
    """Return where the last part of an open file begins, the last validation included."""
    if not lines.seek(0, os.SEEK_END):
        return 0
    with mmap.mmap(lines.fileno(), 0, access=mmap.ACCESS_READ) as text:
        tail = max(0, len(text) - TAIL_BYTES)
        validated = text.rfind(b'"val_loss"')
        line = text.rfind(b"\n", 0, validated) + 1 if validated >= 0 else tail
    return min(line, tail)


def duration(seconds: float) -> str:
    """Return `"42 s"`, `"3 min 05 s"`, `"2 h 10 min"`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Progress on standard error: one changing line in a terminal, few lines in a log."""

    def __init__(self):
        self._in_terminal = sys.stderr.isatty()
        self._last = ""
        self._told = time.monotonic()

    def show(self, text: str, *, at_once: bool = False) -> None:
        """Show a line in the place of the one before."""
        text = visible(text)
        if text == self._last:
            return
        if self._in_terminal:
            click.echo("\r" + text.ljust(len(self._last)), err=True, nl=False)
            self._last = text
        elif at_once or time.monotonic() - self._told > SECONDS_BETWEEN_LINES:
            click.echo(text, err=True)
            self._last, self._told = text, time.monotonic()

    def note(self, text: str) -> None:
        """Tell something that stays."""
        self.end()
        say(text)

    def end(self, *, keep: bool = True) -> None:
        """Leave the changing line as it is, or wipe it, so that others can be written."""
        if self._in_terminal and self._last:
            click.echo("" if keep else "\r" + " " * len(self._last) + "\r", err=True, nl=keep)
        self._last = ""


def follow(run: runs.Run, progress: Progress) -> runs.Run:
    """Show a job's progress until it ends, and return the run as it is then.

    An interrupt asks the job to stop and goes on waiting for it; a second one leaves.
    """
    scalars, interrupts = Scalars(run.folder / files.METRICS), 0
    while True:
        try:
            run = runs.open_run(run.folder)
            scalars.update()
            _show(run, scalars, progress)
            if not run.is_live:
                progress.end()
                return run
            time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            interrupts += 1
            if interrupts > 1 or not run.is_live:
                raise
            progress.end()
            say("Stopping after the present step. What was recorded stays.")
            with suppress(ValueError):  # it has just ended by itself
                jobs.request_stop(run)


def _show(run, scalars, progress):
    if run.status == "waiting" and (place := jobs.queue_place(run)):
        progress.show(f"waiting, number {place} in line", at_once=True)
    elif run.status in ("waiting", "starting"):
        progress.show(run.detail or run.status)
    elif scalars.step:
        progress.show(scalars.line(run.planned_steps), at_once=not run.is_live)
