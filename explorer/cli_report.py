"""A comparison as one HTML file, from the shell: `python -m explorer report RUN_A RUN_B`."""

from dataclasses import replace
from pathlib import Path

import click

from explorer import runs
from explorer.analysis.timeline import MODES
from explorer.cli_checkpoints import compared_steps
from explorer.cli_options import as_json
from explorer.cli_output import Progress, print_json, visible
from explorer.runs.description import cut
from explorer.runs.files import try_to_write, write_atomically


@click.command()
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
@click.option("--output", required=True, metavar="FILE.html", help="Where to write the report.")
@click.option("--tensor", default="", help="Tensor to show; the first kernel by default.")
@click.option(
    "--align",
    type=click.Choice(MODES),
    default="step",
    help="What runs of different length have in common: the step or the share of training.",
)
@click.option(
    "--checkpoints/--no-checkpoints",
    "with_checkpoints",
    default=True,
    help="Compare the last checkpoints of both, too: takes up to a minute the first time.",
)
@as_json
def report(run_a, run_b, output, tensor, align, with_checkpoints, as_json):
    """Write a comparison of two runs as one HTML file that works without a network.

    RUN_A and RUN_B are the id, the name or the path of a run. What the last checkpoints of both
    make of the same images is part of it; of one run given twice, the first and the last.
    """
    chosen = (runs.find(run_a), runs.find(run_b))
    path = writable(output)
    # The program that draws takes a second to load: only this command needs it.
    from explorer.exports.comparison import Comparison
    from explorer.exports.document import make_report

    progress = Progress()
    comparison = Comparison(chosen, tensor, align)
    if with_checkpoints:
        comparison = replace(comparison, checkpoints=compared_steps(chosen, progress))
    made = make_report(comparison, tell=lambda share, words: progress.show(words))
    progress.end(keep=False)
    content = made.encode("utf-8", "replace")
    write(path, content)
    if as_json:
        values = {
            "output": str(path),
            "bytes": len(content),
            "tensor": comparison.tensor,
            "checkpoints": comparison.checkpoints,
            "runs": [run.id for run in chosen],
        }
        return print_json(values)
    click.echo(visible(f"{path}: {len(content) / 1e6:.1f} MB. Open it in any browser."))


def writable(output: str) -> Path:
    """Return a path for a new file, or say why none can be written there, before any work.

    Raises:
        ValueError: No file is named, there is no such folder, a folder of that name, or nothing
            can be written there.
    """
    if not output.strip():
        raise ValueError("--output is empty. Name a file, such as report.html.")
    path = Path(output).expanduser()
    try:
        has_folder, is_folder = path.parent.is_dir(), path.is_dir()
    except OSError as error:
        raise ValueError(not_written(path, error)) from None
    if not has_folder:
        raise ValueError(f"There is no folder {cut(str(path.parent))!r}. Make it first.")
    if is_folder:
        raise ValueError(f"{output!r} is a folder. Name a file, such as {output}/report.html.")
    try:
        try_to_write(path)
    except OSError as error:
        raise ValueError(not_written(path, error)) from None
    return path


def write(path: Path, content: bytes) -> None:
    """Write the report.

    Raises:
        ValueError: It cannot be written there.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        raise ValueError(not_written(path, error)) from None


def not_written(path: Path, error: OSError) -> str:
    """Say that a report cannot be written, and how to mend it."""
    reason = error.strerror or error
    return f"{cut(str(path))!r} cannot be written ({reason}). Choose another place with --output."
