"""The experiment at the heart of the explorer: one network, two learning rates."""

from dataclasses import replace

from explorer.training.spec import TrainingSpec

ADEQUATE_RATE = 0.05
LARGE_RATE = 2.0


def article_experiment(spec: TrainingSpec) -> tuple[TrainingSpec, TrainingSpec]:
    """Return the same training twice, with an adequate and with an unreasonably large rate.

    Both use plain gradient descent at a constant rate, so that the learning rate is all that
    tells them apart: network, images, split, initial weights and batch order are the same.

    Args:
        spec: Everything but optimizer, schedule and learning rate.
    """
    plain = replace(spec, optimizer="sgd", schedule="constant")
    return (
        replace(plain, name=_named(spec.name, "adequate"), learning_rate=ADEQUATE_RATE),
        replace(plain, name=_named(spec.name, "too large"), learning_rate=LARGE_RATE),
    )


def _named(name: str, kind: str) -> str:
    return f"{name}, {kind} learning rate"
