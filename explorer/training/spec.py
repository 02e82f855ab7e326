"""What one training is: the choices a person makes, checked once, before any process starts."""

from dataclasses import asdict, dataclass, field, fields
from numbers import Integral, Real

OPTIMIZERS = {
    "sgd": "Plain gradient descent",
    "momentum": "Gradient descent with momentum 0.9",
    "adam": "Adam",
    "adamw": "Adam with decoupled weight decay",
}
SCHEDULES = {
    "constant": "The same rate at every step",
    "cosine": "One warm-up epoch, then a cosine down to zero",
}
# What trains each architecture well, when nothing else is asked for.
RECIPES = {
    "article": {},
    "compact": {
        "optimizer": "adamw",
        "learning_rate": 0.003,
        "schedule": "cosine",
        "epochs": 30,
        "augment": True,
    },
    "dense": {},
}
COLORS = ("auto", "grey", "rgb")
FITS = ("crop", "pad")


@dataclass(frozen=True)
class Recording:
    """How densely a training is recorded.

    Args:
        dense_steps: Every step up to this one is recorded, 0 included.
        ratio: Afterwards a step is recorded when it is this many times the one before.
        values_per_tensor: Tensors up to this size are kept whole, of larger ones a fixed sample.
        probe_images: How many images the activations are recorded on.
        checkpoints: At how many steps, spread by ratio, all weights are kept.
    """

    dense_steps: int = 32
    ratio: float = 1.25
    values_per_tensor: int = 8192
    probe_images: int = 32
    checkpoints: int = 12


@dataclass(frozen=True)
class TrainingSpec:
    """Everything that decides a training; two equal specs give two equal runs on one machine.

    Args:
        name: Shown to people; need not be unique.
        data: A named source (`"bundled"`, `"digits"`, ...) or a path to a folder or a ZIP.
        groups: Path of a CSV `file,group` of near-duplicates, or `None` to look for them.
        image_size: Width and height the images are fitted to, in pixels.
        color: `"auto"`, `"grey"` or `"rgb"`.
        fit: `"crop"` fills the square and cuts the longer side, `"pad"` keeps the whole image.
        validation_share: Share of the images kept for validation, never trained on.
        model: Name of the architecture.
        filters: Filters of the first convolution (units of the first dense layer in `"dense"`).
        kernel_size: Height and width of every kernel.
        depth: Number of blocks.
        dropout: Share of units dropped while training, before the logits.
        optimizer: A key of `OPTIMIZERS`.
        learning_rate: The highest rate of the schedule.
        schedule: A key of `SCHEDULES`.
        epochs: Passes over the training images.
        batch_size: Images for one weight update.
        augment: Whether training images are flipped, shifted, zoomed and re-lit at random.
        augment_strength: How much they are zoomed, turned and re-lit, from 0 to 1.
        seed: Decides initial weights, batch order, augmentation, dropout and the split.
        recording: How densely to record.
    """

    name: str = "Untitled"
    data: str = "bundled"
    groups: str | None = None
    image_size: int = 32
    color: str = "auto"
    fit: str = "crop"
    validation_share: float = 0.15
    model: str = "article"
    filters: int = 16
    kernel_size: int = 3
    depth: int = 3
    dropout: float = 0.0
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    schedule: str = "constant"
    epochs: int = 15
    batch_size: int = 64
    augment: bool = False
    augment_strength: float = 1.0
    seed: int = 0
    recording: Recording = field(default_factory=Recording)

    def __post_init__(self):
        """Refuse what cannot be trained."""
        for name in ("name", "data"):
            _check_text(name, getattr(self, name))
        if self.groups is not None:
            _check_text("groups", self.groups)
        for name, low, high in LIMITS:
            _check_between(name, getattr(self, name), low, high)
        for name, low, high in RECORDING_LIMITS:
            _check_between(f"recording.{name}", getattr(self.recording, name), low, high)
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}. It must be one of {', '.join(allowed)}."
                )

    def to_dict(self) -> dict:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "TrainingSpec":
        """Rebuild a spec from `to_dict`; unknown keys of a newer version are refused."""
        recording = values.get("recording", {})
        if not isinstance(recording, dict):
            raise ValueError(f"recording is {recording!r}. It must be an object with settings.")
        _check_known(values, cls)
        _check_known(recording, Recording)
        return cls(**{**values, "recording": Recording(**recording)})


LIMITS = (
    ("image_size", 8, 256),
    ("validation_share", 0.01, 0.9),
    ("filters", 1, 512),
    ("kernel_size", 1, 11),
    ("depth", 1, 8),
    ("dropout", 0.0, 0.9),
    ("learning_rate", 1e-8, 1e4),
    ("augment_strength", 0.0, 1.0),
    ("epochs", 1, 1000),
    ("batch_size", 1, 4096),
    ("seed", 0, 2**31 - 1),
)
RECORDING_LIMITS = (
    ("dense_steps", 0, 10_000),
    ("ratio", 1.01, 10.0),
    ("values_per_tensor", 16, 10_000_000),
    ("probe_images", 1, 1024),
    ("checkpoints", 2, 1000),
)
CHOICES = {
    "color": COLORS,
    "fit": FITS,
    "model": tuple(RECIPES),
    "optimizer": tuple(OPTIMIZERS),
    "schedule": tuple(SCHEDULES),
}


def _check_between(name, value, low, high):
    """Check a number; where the lowest one is a whole number, it must be whole itself."""
    kind, words = (Integral, "whole number") if isinstance(low, int) else (Real, "number")
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r}. It must be a {words} between {low} and {high}.")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}. It must be between {low} and {high}.")


def _check_text(name, value):
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}. It must be text.")


def _check_known(values, settings):
    unknown = set(values) - {item.name for item in fields(settings)}
    if unknown:
        raise ValueError(
            f"The training has unknown settings {sorted(unknown)}. It was probably written by "
            "a newer version; update Convnet Explorer to open it."
        )
