"""Runs in one file, from the shell: `python -m explorer pack RUN` and `unpack FILE`."""

from pathlib import Path

import click

from explorer import runs
from explorer.cli_facts import summary
from explorer.cli_options import as_json
from explorer.cli_output import print_json, say, visible
from explorer.packing import PackError
from explorer.packing import pack as write_packed
from explorer.packing import unpack as open_packed
from explorer.packing.writing import ENDING


@click.command()
@click.argument("names", metavar="RUN...", nargs=-1, required=True)
@click.option("--output", metavar="FILE", help=f"Where to write; ID{ENDING} here by default.")
@as_json
def pack(names, output, as_json):
    """Put runs that have ended into one file, which `unpack` opens.

    RUN is the id, the name or the path of a run. The file holds all that was recorded, the probe
    images among it, and the settings with the path of the images; not the images.
    """
    chosen = [runs.find(name) for name in names]
    if output is None and len(chosen) > 1:
        raise PackError("Several runs have no name for their file. Give one with --output.")
    path = Path(output or f"{chosen[0].id}{ENDING}")
    if path.exists():
        raise PackError(
            f"{str(path)!r} is there already. Delete it, or name another file with --output."
        )
    size = write_packed(chosen, path)
    if as_json:
        print_json({"output": str(path), "bytes": size, "runs": [run.id for run in chosen]})
    else:
        click.echo(visible(f"{path}, {size / 1e6:.1f} MB"))


@click.command()
@click.argument("file", metavar="FILE")
@as_json
def unpack(file, as_json):
    """Open runs that `pack` put into a file, from anyone, and put them among your own.

    A run keeps its id, or gets a new one where that is taken. All of the file is looked through
    before the runs are seen.
    """
    with Path(file).open("rb") as source:
        opened = open_packed(source)
    if as_json:
        print_json([summary(run) for run in opened])
        return
    known = runs.list_runs()
    for run in opened:
        click.echo(visible(f"{run.id}  {run.name}"))
        others = [one.id for one in known if one.name == run.name and one.id != run.id]
        if others:
            taken = ", ".join(others)
            say(f"Called {run.name!r}, too: {taken}. Tell them apart with `rename ID NAME`.")
    say(f"Opened in {str(opened[0].folder.parent)!r}.")
