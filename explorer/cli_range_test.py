"""The range test from a shell: `python -m explorer range-test RUN`."""

import time
from contextlib import closing

import click

from explorer import runs
from explorer.analysis.range_test import RangeTest
from explorer.cli_options import as_json, run_argument
from explorer.cli_output import Progress, print_json, say, table, visible
from explorer.inference import range_results
from explorer.inference.client import Client

LOOK_SECONDS = 0.2


@click.command("range-test")
@run_argument
@as_json
def range_test(run, as_json):
    """Test which learning rates suit the training of a run.

    RUN is the id, the name or the path of a run. The rate is raised at every step of a short
    training from scratch, three times; what is found is kept in the folder of the run.
    """
    run = runs.find(run)
    found = range_results.of_run(run) or _made(run)
    suggested = found.suggestions()
    if as_json:
        return print_json(
            {
                "run": run.id,
                "name": run.name,
                "suggestions": {one.name: _values(one) for one in suggested},
                "learning_rates": found.rates.tolist(),
                "seeds": found.seeds.tolist(),
                "losses": [found.curve(place).tolist() for place in range(len(found.seeds))],
            }
        )
    if not suggested:
        say("No learning rate is suggested: the loss did not fall before it diverged.")
        return 0
    click.echo(visible(f"{run.name}: suggested learning rates"))
    rows = [{"SUGGESTION": one.name.upper(), **_row(one)} for one in suggested]
    click.echo(table(rows))
    return 0


def _values(one):
    return {"learning_rate": one.rate, "lowest": one.lowest, "highest": one.highest}


def _row(one):
    return {
        "RATE": f"{one.rate:.2g}",
        "LOWEST": f"{one.lowest:.2g}",
        "HIGHEST": f"{one.highest:.2g}",
        "STARTS": one.num_seeds,
    }


def _made(run: runs.Run) -> RangeTest:
    """Have it made by the process that has TensorFlow."""
    progress = Progress()
    with closing(Client()) as client:
        request = client.submit("range_test", run=str(run.folder))
        while request.is_pending:
            time.sleep(LOOK_SECONDS)
            progress.show(f"Testing learning rates, {request.share:.0%}: {request.words}")
        progress.end(keep=False)
        return RangeTest(**request.result())
