"""The shell's way from and to other tools: `python -m explorer import`, `... export`."""

from pathlib import Path

import click

from explorer import runs
from explorer.cli_facts import summary
from explorer.cli_input import check_runs_folder
from explorer.cli_options import as_json, run_argument
from explorer.cli_output import print_json, say, visible
from explorer.exports.tensorboard import export as write_log
from explorer.imports.bringing import bring_in
from explorer.imports.tags import ROLES
from explorer.imports.words import names_between_commas
from explorer.models.values import VALUES
from explorer.runs.source import TENSORBOARD, WEIGHTS, lacking_words, step_words
from explorer.training.jobs import checked_name

SECONDS_BETWEEN_LINES = 10


@click.command("import")
@click.argument("given", metavar="PATH")
@click.option("--name", help="What the run will be called; the name of PATH by default.")
@click.option(
    "--from",
    "kind",
    type=click.Choice([TENSORBOARD, WEIGHTS]),
    help="What PATH holds, if it holds both.",
)
@click.option("--part", help="Of a log with several runs, the one to take; . is the log's own.")
@click.option(
    "--scalar",
    "scalars",
    multiple=True,
    metavar="ROLE=TAG",
    help=f"Take this tag of a log as one of: {', '.join(ROLES)}.",
)
@click.option(
    "--steps-per-epoch",
    type=click.IntRange(1, 10**9),
    help="Weight updates an epoch, where PATH counts epochs.",
)
@click.option(
    "--step-number",
    "number",
    type=click.IntRange(1, 100),
    help="Which number in the names of checkpoints is the step, from 1.",
)
@click.option(
    "--values", type=click.Choice(list(VALUES)), help="What brightness the network expects."
)
@click.option("--classes", help="Names of the network's classes, with commas between them.")
@as_json
def import_command(given, name, scalars, part, classes, as_json, **options):
    """Make a run of what you have.

    PATH is a folder, or a ZIP of one, with a TensorBoard log or with checkpoints that Keras saved
    along a training (.keras or .weights.h5). What it lacks is said.
    """
    check_runs_folder()
    run = bring_in(
        given,
        checked_name(name or Path(given).absolute().stem),
        tell=_Patience(),
        scalars=dict(map(_role_and_tag, scalars)),
        part="" if part == "." else part,
        class_names=names_between_commas(classes or ""),
        **options,
    )
    if as_json:
        return print_json({**summary(run), "source": run.source})
    click.echo(run.id)
    sentences = [step_words(run), *run.source["notes"], *lacking_words(run)]
    for words in filter(None, sentences):
        say(words)
    for words in run.source["left_out"]:
        say(f"Left out: {words}")


@click.command("export")
@run_argument
@click.option(
    "--tensorboard",
    "folder",
    required=True,
    metavar="FOLDER",
    help="Write a log that `tensorboard --logdir FOLDER` shows.",
)
@as_json
def export_command(run, folder, as_json):
    """Write a run for another tool.

    RUN is the id, the name or the path of a run.
    """
    run = runs.find(run)
    made = write_log(run, folder)
    values = {"run": run.id, "name": run.name, "folder": str(made)}
    print_json(values) if as_json else click.echo(visible(made))


def _role_and_tag(text):
    role, equals, tag = text.partition("=")
    if not equals or role not in ROLES:
        raise click.ClickException(
            f"--scalar is {text!r}. Expected was ROLE=TAG, such as loss=Loss/train; roles are "
            f"{', '.join(ROLES)}."
        )
    return role, tag


class _Patience:
    """Says now and then how long an import takes."""

    def __init__(self):
        self._said = 0

    def __call__(self, passed: float):
        if passed >= self._said + SECONDS_BETWEEN_LINES:
            self._said = passed
            say(f"Reading, {passed:.0f} seconds")
