"""Which trainings `verdicts.py` judges: the plan alone, without TensorFlow."""

from dataclasses import dataclass

from explorer.training.spec import Recording, TrainingSpec

OWN = ("tanh", "gelu")
RECORDING = Recording(values_per_tensor=576, checkpoints=2)
SIZES = {
    "characters": {"data": "bundled", "image_size": 32, "epochs": 3},
    "digits": {"data": "digits", "image_size": 8, "epochs": 9},
}
NETWORKS = {
    "article": {"model": "article", "filters": 16, "depth": 3},
    "compact": {"model": "compact", "filters": 8, "depth": 3},
    "dense": {"model": "dense", "filters": 64, "depth": 2},
    "tanh": {},  # these two are someone's own script, see `train_own`
    "gelu": {},
}


@dataclass(frozen=True)
class Trial:
    """One training to be judged.

    Args:
        network: A key of `NETWORKS`.
        images: A key of `SIZES`.
        optimizer: A key of `OPTIMIZERS`.
        learning_rate: The rate.
        seed: Decides weights, batches and the split.
    """

    network: str
    images: str
    optimizer: str
    learning_rate: float
    seed: int

    @property
    def name(self) -> str:
        """Name of its run folder."""
        rate = f"{self.learning_rate:g}".replace(".", "p")
        return f"{self.network}-{self.images}-{self.optimizer}-{rate}-seed{self.seed}"

    @property
    def group(self) -> tuple[str, str, str]:
        """What trials must share to be compared."""
        return self.network, self.images, self.optimizer

    @property
    def spec(self) -> TrainingSpec:
        """The training."""
        return TrainingSpec(
            name=self.name,
            optimizer=self.optimizer,
            learning_rate=float(self.learning_rate),
            seed=self.seed,
            recording=RECORDING,
            **SIZES[self.images],
            **NETWORKS[self.network],
        )


TUNED = {
    ("article", "characters", 0): {
        "sgd": (0.001, 0.01, 0.1, 0.5, 2),
        "momentum": (0.0001, 0.001, 0.01, 0.1, 1),
        "adam": (1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
        "adamw": (1e-5, 1e-3, 1e-2, 3e-2),
    },
}
HELD_OUT = {
    ("article", "characters", 1): {
        "sgd": (0.003, 0.3, 0.7, 3),
        "momentum": (0.03, 0.3),
        "adam": (3e-5, 3e-2),
        "adamw": (3e-3, 0.05),
    },
    ("article", "characters", 2): {
        "sgd": (0.05, 1),
        "momentum": (0.00003, 0.15, 0.2),
        "adam": (2e-3, 0.02, 0.05),
        "adamw": (0.1,),
    },
    ("article", "digits", 0): {"sgd": (1,), "momentum": (0.3,), "adam": (0.03,)},
    ("article", "digits", 1): {
        "sgd": (0.001, 0.3),
        "momentum": (0.01, 1),
        "adam": (1e-5, 3e-3),
        "adamw": (1e-3, 0.3),
    },
    ("article", "digits", 2): {
        "sgd": (0.03, 3),
        "momentum": (0.0003, 0.1),
        "adam": (1e-3, 0.1),
        "adamw": (1e-5, 3e-2),
    },
    ("dense", "characters", 0): {"sgd": (1,), "adam": (0.03,)},
    ("dense", "characters", 1): {"sgd": (3e-4, 5), "adam": (1e-3,)},
    ("dense", "characters", 2): {"sgd": (0.05,), "adam": (1e-6, 0.1)},
    ("compact", "digits", 0): {"adamw": (3,)},
    ("compact", "digits", 1): {"sgd": (0.1,), "adamw": (3e-6, 1)},
    ("compact", "digits", 2): {"sgd": (1e-4, 10), "adamw": (3e-3,)},
    ("tanh", "digits", 1): {"sgd": (3e-4, 10), "adam": (3e-3,)},
    ("tanh", "digits", 2): {"sgd": (0.1,), "adam": (3e-6, 0.3)},
    ("gelu", "digits", 1): {"sgd": (3e-4, 10), "adam": (3e-3,)},
    ("gelu", "digits", 2): {"sgd": (0.1,), "adam": (3e-6, 0.3)},
}


def trials(plan: dict) -> list[Trial]:
    """List the trials of a plan."""
    return [
        Trial(network, images, optimizer, rate, seed)
        for (network, images, seed), optimizers in plan.items()
        for optimizer, rates in optimizers.items()
        for rate in rates
    ]
