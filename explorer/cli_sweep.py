"""A sweep of learning rates, from the shell: `python -m explorer sweep DATA ...`."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path

import click

from explorer import runs
from explorer.analysis.verdict import judge
from explorer.cli_facts import summary
from explorer.cli_input import check_runs_folder, checked, make_spec
from explorer.cli_options import as_json, training_options
from explorer.cli_output import Progress, Scalars, duration, print_json, say, share, table
from explorer.runs import files
from explorer.training import ray_cluster, sweeps

EXIT = {"failed": 1, "stopped": 130}


@click.command()
@click.argument("source", metavar="DATA")
@click.option("--learning-rates", required=True, metavar="RATE,...", help="Such as 0.001,0.01,0.1.")
@click.option("--seeds", default="0", metavar="SEED,...", help="Such as 0,1,2; 0 by default.")
@training_options
@click.option(
    "--ray", "address", metavar="ADDRESS", help="Train on a Ray cluster: host:port, or auto."
)
@click.option(
    "--cpus-per-trial",
    type=click.IntRange(1),
    help="Cores for each training on a Ray cluster; 1 by default.",
)
@click.option("--detach", is_flag=True, help="Return at once; the trainings go on.")
@as_json
def sweep(source, learning_rates, seeds, address, cpus_per_trial, detach, as_json, **choices):
    """Train the same network at several learning rates.

    DATA is what `train` takes. Every trial is a run of its own; the trials wait for their turn in
    the queue of this machine, or run on a Ray cluster. There the folder of runs and the images
    must be at the same path on all nodes.
    """
    check_runs_folder()
    rates = _numbers("--learning-rates", learning_rates, float)
    chosen_seeds = _numbers("--seeds", seeds, int)
    _check_place(address, cpus_per_trial, detach)
    spec = make_spec(source, {**choices, "learning_rate": rates[0], "seed": chosen_seeds[0]})
    count = len(sweeps.trial_specs(spec, rates, chosen_seeds))
    progress, cpus = Progress(), cpus_per_trial or 1
    with ExitStack() as cluster:
        if address is not None:
            cluster.enter_context(redirect_stdout(sys.stderr))  # Ray tells there of what died
            cluster.enter_context(_joined(address, cpus, progress))
        spec = checked(spec, progress, count)
        spec = replace(spec, name=spec.name[: sweeps.MOST_NAME_CHARACTERS])
        specs = sweeps.trial_specs(spec, rates, chosen_seeds)
        if address is None:
            folders = [run.folder for run in sweeps.start(spec.name, specs, nice=0)]
            going = () if detach else sweeps.until_ended(folders)
        else:
            folders = sweeps.prepare(spec.name, specs)
            going = ray_cluster.train(folders, num_cpus=cpus)
        _follow(folders, going, progress)
    return _tell(folders, as_json)


def _check_place(address, cpus, detach):
    if address is not None and detach:
        raise ValueError("--detach: on a Ray cluster this command has to stay. Leave it away.")
    if address is None and cpus is not None:
        raise ValueError("--cpus-per-trial is for a Ray cluster. Name one with --ray.")


@contextmanager
def _joined(address, cpus, progress):
    """Belong to a Ray cluster for a while."""
    ray_cluster.connect(address)
    try:
        if (most := ray_cluster.largest_node()) < cpus:
            progress.note(
                f"No node of the cluster has {cpus} cores now, the largest has {most}: the trials "
                "wait for one. Take fewer with --cpus-per-trial."
            )
        yield
    finally:
        ray_cluster.disconnect()


def _numbers(option, text, kind):
    try:
        return sweeps.read_numbers(text, kind)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def _follow(folders: Sequence[Path], going: Iterator[None], progress: Progress) -> None:
    """Show how far the trials are until all have ended.

    An interrupt asks them to stop and goes on waiting for them; a second one leaves.
    """
    known = {folder: Scalars(folder / files.METRICS) for folder in folders}
    begun, told = time.monotonic(), set()
    with _one_interrupt() as interrupts:
        for _ in going:
            trials = sweeps.still_there(folders)
            if interrupts:
                interrupts.clear()
                progress.note("Stopping after the present steps. What was recorded stays.")
                sweeps.ask_to_stop(trials)
            for run in trials:
                if not run.is_live and run.id not in told:
                    told.add(run.id)
                    progress.note(_ended(run))
            progress.show(_line(trials, known, time.monotonic() - begun))
    progress.end(keep=False)


@contextmanager
def _one_interrupt():
    """Take note of the first interrupt; the second one is an exception, as usual."""
    interrupts, usual = [], signal.getsignal(signal.SIGINT)

    def note(*_):
        interrupts.append(True)
        signal.signal(signal.SIGINT, usual)

    if usual is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, usual)


def _line(trials, known, seconds):
    """Return what a person wants to know while waiting."""
    for run in trials:
        known[run.folder].update()
    at_work = sum(run.status in ("starting", "running") for run in trials)
    ended = sum(not run.is_live for run in trials)
    words = f"{ended} of {len(trials)} trials have ended, {at_work} at work"
    planned = max((run.planned_steps for run in trials), default=0)
    to_do = planned * len(trials)
    done = sum(
        planned if not run.is_live else min(known[run.folder].step, planned) for run in trials
    )
    if done:
        words += f", {share(done / to_do)}"
    if ended and done < to_do:  # before, the start of TensorFlow counts too much
        words += f", {duration(seconds * (to_do - done) / done)} left"
    return words


def _ended(run):
    values = summary(run)
    words = f"{run.name}: {run.status}"
    if values["validation_accuracy"] is not None:
        words += f", validation {share(values['validation_accuracy'])}"
    return f"{words}. {run.detail}" if run.status == "failed" else words


def _tell(folders, as_json):
    """Print what has become of the trials, and return the exit status."""
    trials = [_trial(run) for run in sweeps.still_there(folders)]
    if not trials:
        raise ValueError("All trials were deleted while they ran.")
    entry = runs.open_run(trials[0]["folder"]).description["sweep"]
    if as_json:
        print_json({"id": entry["id"], "name": entry["name"], "trials": trials})
    else:
        click.echo(table([_row(trial) for trial in trials]))
        say(f"The sweep {entry['id']} is on the page Learning rate.")
    found = {trial["status"] for trial in trials}
    return next((code for status, code in EXIT.items() if status in found), 0)


def _trial(run):
    verdict = None if run.is_live or not len(run.steps) else judge(run).verdict
    rates = {key: run.spec.get(key) for key in ("learning_rate", "seed")}
    return {**rates, "verdict": verdict, **summary(run)}


def _row(trial):
    return {
        "RATE": f"{trial['learning_rate']:g}",
        "SEED": trial["seed"],
        "STATUS": trial["status"],
        "VALIDATION": share(trial["validation_accuracy"]),
        "VERDICT": trial["verdict"] or "",
        "ID": trial["id"],
    }
