"""What can be chosen in the shell: for every command, and for every command that trains."""

from collections.abc import Callable

import click

from explorer.models.architectures import ARCHITECTURES
from explorer.training.spec import COLORS, FITS, OPTIMIZERS, SCHEDULES

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
run_argument = click.argument("run", metavar="RUN")
ONE_RATE = (
    click.option("--learning-rate", type=float),
    click.option("--seed", type=int),
)
TRAINING = (
    click.option("--name", help="Name for people; by default that of the images."),
    click.option("--model", type=click.Choice(list(ARCHITECTURES)), default="article"),
    click.option("--filters", type=int, help="Filters of the first convolution."),
    click.option("--kernel-size", type=int),
    click.option("--depth", type=int, help="Number of blocks."),
    click.option("--dropout", type=float),
    click.option("--optimizer", type=click.Choice(list(OPTIMIZERS))),
    click.option("--schedule", type=click.Choice(list(SCHEDULES))),
    click.option("--epochs", type=int),
    click.option("--batch-size", type=int),
    click.option("--image-size", type=int, help="Width and height the images are fitted to."),
    click.option("--color", type=click.Choice(COLORS)),
    click.option("--fit", type=click.Choice(FITS), help="Cut the longer side, or pad the shorter."),
    click.option(
        "--augment/--no-augment", default=None, help="Vary the training images at random."
    ),
    click.option("--augment-strength", type=float, help="1 as designed, less for subtle images."),
    click.option("--validation-share", type=float),
    click.option("--groups", metavar="FILE", help="CSV file,group of near-duplicates."),
    click.option("--dense-steps", type=int, help="Record every step up to this one."),
    click.option("--ratio", type=float, help="Then each step this many times the one before."),
    click.option("--values-per-tensor", type=int, help="Larger tensors are sampled."),
    click.option("--probe-images", type=int, help="Images the activations are recorded on."),
    click.option("--checkpoints", type=int, help="How often all weights are kept."),
)


def one_rate_options(command: Callable) -> Callable:
    """Let a command take one learning rate and one seed."""
    return _with(ONE_RATE, command)


def training_options(command: Callable) -> Callable:
    """Let a command take all there is to choose of a training but its learning rate and seed."""
    return _with(TRAINING, command)


def _with(options, command):
    for option in reversed(options):
        command = option(command)
    return command
