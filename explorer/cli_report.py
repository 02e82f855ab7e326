"""A comparison as one HTML file, from the shell: `python -m explorer report RUN_A RUN_B`."""

from pathlib import Path

import click

from explorer import runs
from explorer.analysis.timeline import MODES
from explorer.cli_output import Progress, print_json, visible
from explorer.runs.files import write_atomically


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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def report(run_a, run_b, output, tensor, align, as_json):
    """Write a comparison of two runs as one HTML file that works without a network.

    RUN_A and RUN_B are the id, the name or the path of a run.
    """
    chosen = (runs.find(run_a), runs.find(run_b))
    path = writable(output)
    # The program that draws takes a second to load: only this command needs it.
    from explorer.exports.comparison import Comparison
    from explorer.exports.document import make_report

    progress = Progress()
    comparison = Comparison(chosen, tensor, align)
    made = make_report(comparison, tell=lambda share, words: progress.show(words))
    progress.end(keep=False)
    content = made.encode("utf-8", "replace")
    write_atomically(path, content)
    if as_json:
        values = {"output": str(path), "bytes": len(content), "tensor": comparison.tensor}
        return print_json({**values, "runs": [run.id for run in chosen]})
    click.echo(visible(f"{path}: {len(content) / 1e6:.1f} MB. Open it in any browser."))


def writable(output: str) -> Path:
    """Return a path for a new file, or say which folder is missing.

    Raises:
        ValueError: There is no such folder, or a folder of that name.
    """
    path = Path(output).expanduser()
    if not path.parent.is_dir():
        raise ValueError(f"There is no folder {str(path.parent)!r}. Make it first.")
    if path.is_dir():
        raise ValueError(f"{output!r} is a folder. Name a file, such as {output}/report.html.")
    return path
