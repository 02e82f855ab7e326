"""How to train: everything but images and network, and the two buttons that start."""

from dataclasses import replace

import streamlit as st

from explorer.models.architectures import Network
from explorer.training.cost import Cost, estimate
from explorer.training.experiment import ADEQUATE_RATE, LARGE_RATE
from explorer.training.lengths import num_steps
from explorer.training.spec import OPTIMIZERS, SCHEDULES, Recording, TrainingSpec
from explorer.ui import text
from explorer.ui.field_words import in_form_words, read_rate
from explorer.ui.loading import DataChoice

RATES = (
    "0.0001",
    "0.0003",
    "0.001",
    "0.003",
    "0.01",
    "0.03",
    "0.05",
    "0.1",
    "0.3",
    "1",
    "2",
    "3",
    "10",
)
RECORDINGS = {
    "light": Recording(ratio=1.3, values_per_tensor=2048, checkpoints=6),
    "normal": Recording(),
    "dense": Recording(dense_steps=256, ratio=1.03, values_per_tensor=32768, checkpoints=24),
}
EXPERIMENT = (
    "Trains the same network on the same images twice, from the same initial weights, with plain "
    f"gradient descent. Only the learning rate differs: {text.rate(ADEQUATE_RATE)}, which suits "
    f"it, and {text.rate(LARGE_RATE)}, which is unreasonably large. Watch which loss falls below "
    "that of guessing, and what the first steps do to weights and gradients."
)
RECORDING_LABELS = {"light": "Light", "normal": "Normal", "dense": "Dense"}
KEEP = {"persist_state": "session"}


def choose_training(
    choice: DataChoice, network: Network | None, validation_share: float
) -> TrainingSpec | None:
    """Show the inputs; return the training, or `None` with a line beside what cannot be used.

    Args:
        choice: The images.
        network: The network, or `None` while its settings cannot be used.
        validation_share: Share of the images that are never trained on.
    """
    settings = {**_optimizer(), **_passes(), **_augmentation(), **_record()}
    if network is None or settings["learning_rate"] is None:
        return None
    try:
        return TrainingSpec(
            data=choice.source,
            groups=choice.groups,
            image_size=choice.image_size,
            color=choice.color,
            fit=choice.fit,
            validation_share=validation_share,
            model=network.name,
            filters=network.filters,
            kernel_size=network.kernel_size,
            depth=network.depth,
            dropout=network.dropout,
            **settings,
        )
    except ValueError as error:
        st.error(text.plain(in_form_words(error)), icon=":material/error:")
        return None


def _optimizer() -> dict:
    left, middle, right = st.columns(3)
    optimizer = left.selectbox(
        "Optimiser", OPTIMIZERS, format_func=OPTIMIZERS.get, key="trainer_optimizer", **KEEP
    )
    with middle:
        learning_rate = _learning_rate()
    schedule = right.selectbox(
        "Schedule", SCHEDULES, format_func=SCHEDULES.get, key="trainer_schedule", **KEEP
    )
    return {"optimizer": optimizer, "learning_rate": learning_rate, "schedule": schedule}


def _learning_rate() -> float | None:
    typed = st.selectbox(
        "Learning rate",
        RATES,
        RATES.index(f"{TrainingSpec().learning_rate:g}"),
        key="trainer_rate",
        accept_new_options=True,
        help="Choose one, or type any number between 1e-8 and 10000.",
        **KEEP,
    )
    number, wrong = read_rate(typed)
    if wrong:
        st.error(text.plain(wrong), icon=":material/error:")
    return None if wrong else number


def _passes() -> dict:
    default = TrainingSpec()
    left, middle, right = st.columns(3)
    epochs = left.number_input("Epochs", 1, 1000, default.epochs, key="trainer_epochs", **KEEP)
    batch_size = middle.number_input(
        "Batch size", 1, 4096, default.batch_size, key="trainer_batch_size", **KEEP
    )
    seed = right.number_input(
        "Seed",
        0,
        2**31 - 1,
        default.seed,
        key="trainer_seed",
        help="Decides initial weights, batch order, augmentation, dropout and the split. "
        "The same seed gives the same run on the same machine.",
        **KEEP,
    )
    return {"epochs": epochs, "batch_size": batch_size, "seed": seed}


def _augmentation() -> dict:
    """Show whether and how much the training images are varied."""
    default = TrainingSpec()
    augment = st.toggle(
        "Augmentation: flip, shift, zoom, turn and re-light the training images at random",
        default.augment,
        key="trainer_augment",
        **KEEP,
    )
    strength = st.columns(3)[0].slider(
        "Augmentation strength",
        0.0,
        1.0,
        default.augment_strength,
        0.1,
        key="trainer_augment_strength",
        disabled=not augment,
        help="How much the images are zoomed, turned and re-lit. At 0 they are only flipped and "
        "shifted. Take less where small differences tell the classes apart.",
        **KEEP,
    )
    if not augment:
        return {"augment": False}
    return {"augment": True, "augment_strength": round(strength, 2)}


def _record() -> dict:
    recording = st.segmented_control(
        "Recording",
        RECORDINGS,
        default="normal",
        required=True,
        format_func=RECORDING_LABELS.get,
        key="trainer_recording",
        help="How many steps are recorded, and how many values of every tensor are kept.",
        **KEEP,
    )
    name = st.text_input(
        "Name of the run",
        key="trainer_name",
        max_chars=100,
        placeholder="Made from the settings when left empty",
        **KEEP,
    )
    return {"recording": RECORDINGS[recording], "name": name.strip()}


def show_cost(spec: TrainingSpec, network: Network, num_train: int) -> Cost:
    """Say how long the training is, and what recording it will cost; return that."""
    steps = num_steps(num_train, spec.batch_size, spec.epochs)
    cost = estimate(network, spec.recording, steps)
    st.markdown(
        f"**{text.count(steps, 'step')}** in all. Recording {text.count(cost.num_steps)} of them "
        f"takes about **{text.size(cost.num_bytes)}** on the disk and "
        f"**{text.duration(cost.seconds)}** of time."
    )
    return cost


def named(spec: TrainingSpec, data_name: str) -> TrainingSpec:
    """Return the training with a name that says what is in it, unless a person gave one."""
    if spec.name:
        return spec
    settings = f"{spec.model}, {spec.optimizer} {text.rate(spec.learning_rate)}"
    return replace(spec, name=f"{data_name}, {settings}")


def chosen_start(*, ready: bool) -> str | None:
    """Show the three buttons; return `"train"`, `"sweep"`, `"experiment"`, or `None`.

    Args:
        ready: Whether all settings can be used; otherwise the buttons cannot be pressed.
    """
    if not ready:
        st.caption("The training can start when what is marked above has been mended.")
    left, right = st.columns(2)
    with left:
        train = st.button(
            "Train",
            key="trainer_train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not ready,
        )
        st.caption("One run with the settings above.")
        sweep = st.button(
            "Try several learning rates",
            key="trainer_sweep",
            icon=":material/stacked_line_chart:",
            disabled=not ready,
        )
        st.caption("The page Learning rate asks which ones: a run each, the rest as above.")
    with right:
        experiment = st.button(
            "Run the article's experiment",
            key="trainer_experiment",
            icon=":material/science:",
            disabled=not ready,
        )
        st.caption(EXPERIMENT)
    pressed = {"train": train, "sweep": sweep, "experiment": experiment}
    return next((name for name, is_pressed in pressed.items() if is_pressed), None)
