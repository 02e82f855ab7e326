"""A run's network put to use in the shell: `python -m explorer evaluate` and `classify`."""

import os

import click

from explorer import runs
from explorer.cli_input import own_images, part_of
from explorer.cli_options import as_json, run_argument
from explorer.cli_output import Progress, print_json, say, share, table, visible
from explorer.training.networks import chosen_step

step_option = click.option("--step", type=int, help="Checkpoint to use; the last by default.")


@click.command()
@run_argument
@click.argument("source", metavar="DATA")
@step_option
@click.option(
    "--split",
    type=click.Choice(["all", "train", "validation"]),
    default="all",
    help="Of the data the run was trained on, use only this part.",
)
@as_json
def evaluate(run, source, step, split, as_json):
    """Measure a run's network on labelled images.

    RUN is the id, the name or the path of a run.
    """
    run = runs.find(run)
    step = chosen_step(run, step)
    images = own_images(run, source, Progress())
    indices = part_of(run, images, split)
    trained = _open_network(run, step)
    from explorer.inference import evaluate as measuring

    result = measuring.evaluate(trained, images, indices)
    values = {
        "run": run.id,
        "name": run.name,
        "step": trained.step,
        "data": images.name,
        "split": split,
        "images": result.images,
        "accuracy": result.accuracy,
        "loss": result.loss,
        "per_class_recall": result.recall,
        "per_class_images": result.support,
    }
    if as_json:
        return print_json(values)
    click.echo(f"{images.name}: {result.images:,} images, step {values['step']:,}")
    click.echo(f"accuracy {share(result.accuracy)}, loss {result.loss:.4g}")
    rows = [
        {"CLASS": name, "IMAGES": result.support[name], "RECALL": share(value)}
        for name, value in result.recall.items()
    ]
    click.echo(table(rows))


@click.command()
@run_argument
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@step_option
@as_json
def classify(run, images, step, as_json):
    """Tell what is in images; exit status 1 when one of them could not be read.

    RUN is the id, the name or the path of a run.
    """
    run = runs.find(run)
    trained = _open_network(run, chosen_step(run, step))
    from explorer.inference import classify as seeing

    results = seeing.classify(trained, list(images))
    unread = [result for result in results if result.error]
    for result in unread:
        say(f"{result.image}: {result.error}")
    if unread:
        say(f"{len(unread)} of {len(results)} images could not be read.")
    if as_json:
        values = {"run": run.id, "name": run.name, "step": trained.step}
        print_json({**values, "images": [_classified(result) for result in results]})
        return 1 if unread else 0
    for result in results:
        if result.classes:
            best = ", ".join(f"{name} {share(value)}" for name, value in result.classes[:5])
            click.echo(visible(f"{result.image}: {best}"))
    return 1 if unread else 0


def _open_network(run, step):
    # TensorFlow takes seconds to load: only the commands that use a network do it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from explorer.inference.network import open_network

    return open_network(run, step)


def _classified(result):
    if result.error:
        return {"image": result.image, "error": result.error}
    classes = [{"name": name, "probability": value} for name, value in result.classes]
    return {"image": result.image, "classes": classes}
