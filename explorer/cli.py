"""The shell: train, look at, use and remove runs without the page."""

import os
import sys
from pathlib import Path

import click

from explorer import __version__, runs
from explorer.cli_app import app
from explorer.cli_facts import details, in_words, summary
from explorer.cli_import import export_command, import_command
from explorer.cli_input import check_runs_folder, checked, make_spec
from explorer.cli_network import classify, evaluate
from explorer.cli_options import as_json, one_rate_options, run_argument, training_options
from explorer.cli_output import Progress, follow, print_json, say, share, table, visible
from explorer.cli_packing import pack, unpack
from explorer.cli_range_test import range_test
from explorer.cli_report import report
from explorer.cli_sweep import sweep
from explorer.cli_verdict import verdict
from explorer.paths import runs_dir
from explorer.runs.listing import unreadable_runs
from explorer.training import jobs

COMMAND = "explorer"


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit status: 2 for bad input, said in one line."""
    try:
        return cli.main(arguments, prog_name=_called(), standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        message = error.format_message()
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # who read the output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        message = (
            f"{error.filename or 'A file'}: {error.strerror or error}. Runs are kept in "
            f"{str(runs_dir())!r}; set EXPLORER_CHECKPOINTS to keep them elsewhere."
        )
    except ValueError as error:
        message = str(error)
    say(f"Error: {message}")
    return 2


def program() -> None:
    """Run as a program: `explorer`."""
    sys.exit(main())


@click.group()
@click.version_option(__version__, prog_name="Convnet Explorer")
def cli():
    """See a convolutional network learn, or find out why it does not."""


@cli.command()
@click.argument("source", metavar="DATA")
@one_rate_options
@training_options
@click.option("--detach", is_flag=True, help="Return at once; the training goes on.")
@as_json
def train(source, detach, as_json, **choices):
    """Train a network on DATA and record it.

    DATA is a folder of class folders, a ZIP of them, or one of: bundled, digits, mnist,
    fashion-mnist, cifar-10.
    """
    check_runs_folder()
    progress = Progress()
    spec = checked(make_spec(source, choices), progress)
    run = jobs.submit(spec, nice=0)
    if not detach:
        say(f"Run {run.id}, {run.name}")
        run = follow(run, progress)
        if run.status != "finished":
            say(f"Run {run.id} is {run.status}. {run.detail}")
    print_json(summary(run)) if as_json else click.echo(run.id)
    return {"failed": 1, "stopped": 130}.get(run.status, 0)


@cli.command("list")
@as_json
def list_command(as_json):
    """List all runs, newest first."""
    check_runs_folder()
    found = [summary(run) for run in runs.list_runs()]
    if as_json:
        return print_json(found)
    columns = {"id": "ID", "status": "STATUS", "name": "NAME"}
    rows = [
        {title: row[key] for key, title in columns.items()}
        | {
            "STEP": f"{row['step']}/{row['planned_steps']}",
            "VALIDATION": share(row["validation_accuracy"]),
        }
        for row in found
    ]
    click.echo(table(rows)) if rows else say("There are no runs yet. Train one: train --help.")
    for name, reason in unreadable_runs().items():
        say(f"{name} cannot be opened: {reason}")


@cli.command()
@run_argument
@as_json
def show(run, as_json):
    """Show what is known about a run.

    RUN is the id, the name or the path of a run.
    """
    run = runs.find(run)
    values = {**summary(run), **details(run)}
    if as_json:
        return print_json(values)
    for key, value in values.items():
        if words := in_words(value):
            click.echo(f"{key.replace('_', ' ')}: {visible(words)}")


@cli.command()
@run_argument
@as_json
def stop(run, as_json):
    """Ask a live run to stop; what it recorded stays.

    RUN is the id, the name or the path of a run.
    """
    run = runs.find(run)
    jobs.request_stop(run)
    _report(run, f"Asked {run.name} to stop.", as_json)


@cli.command()
@run_argument
@click.option("--detach", is_flag=True, help="Return at once; the training goes on.")
@as_json
def resume(run, detach, as_json):
    """Go on with a stopped or failed run.

    RUN is the id, the name or the path of a run.
    """
    run = jobs.resume(runs.find(run), nice=0)
    run = run if detach else follow(run, Progress())
    _report(run, f"Run {run.id} is {run.status}. {run.detail}", as_json)
    return {"failed": 1, "stopped": 130}.get(run.status, 0)


@cli.command()
@run_argument
@click.argument("name")
@as_json
def rename(run, name, as_json):
    """Give a run another name.

    RUN is the id, the name or the path of a run.
    """
    run = jobs.rename(runs.find(run), name)
    _report(run, f"Run {run.id} is called {run.name} now.", as_json)


@cli.command()
@run_argument
@as_json
def delete(run, as_json):
    """Remove a run from the disk; one asked to stop gets a few seconds to end.

    RUN is the id, the name or the path of a run.
    """
    run = runs.find(run)
    jobs.delete(run)
    values = {"id": run.id, "name": run.name, "deleted": True}
    print_json(values) if as_json else click.echo(visible(f"Deleted {run.name} ({run.id})."))


cli.add_command(app)
cli.add_command(classify)
cli.add_command(evaluate)
cli.add_command(export_command)
cli.add_command(import_command)
cli.add_command(pack)
cli.add_command(range_test)
cli.add_command(report)
cli.add_command(sweep)
cli.add_command(unpack)
cli.add_command(verdict)


def _called():
    """Return how the program was called, for the lines that show how to call it."""
    return COMMAND if Path(sys.argv[0]).name == COMMAND else f"python -m {COMMAND}"


def _report(run, text, as_json):
    print_json(summary(run)) if as_json else click.echo(visible(text))
