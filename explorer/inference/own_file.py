"""A network from a visitor's own `.keras` file. Loads TensorFlow, but not to open the file.

The file itself is only ever opened in a process that is thrown away, `proving`. What that process
found is kept in the cache, so that a file is opened once.
"""

from collections.abc import Callable
from pathlib import Path

import keras

from explorer.inference import rebuilt
from explorer.inference.chain import straightened
from explorer.models import kept_files, limits
from explorer.models.values import AS_THEY_ARE, SHARES, VALUES
from explorer.runs.hidden import hidden_folder

Tell = Callable[[float, str], None]
USUAL_SECONDS = 15  # that opening takes, for the progress bar
LARGEST_IMAGE = 512
LONGEST_NAME = 100
OPENING = ".opening-"


def open_file(
    name: str, *, image_size: int | None, values: str | None, tell: Tell
) -> tuple[keras.Model, dict]:
    """Open a kept `.keras` file.

    Args:
        name: From `kept_files.keep`.
        image_size: For networks that take images of any size.
        values: What values the network expects, a key of `values.VALUES`; `None` goes by whether
            it scales its images itself.
        tell: Called with the share done and words.

    Returns:
        A functional model from images, 0 to 255, to logits; and what is known about it:
        `image_size`, `channels`, `any_size`, `values`.

    Raises:
        ValueError: It cannot be opened; says why.
    """
    size = _checked_size(image_size)
    folder = kept_files.networks_dir() / f"{kept_files.find(name).stem}-{size}"
    if not folder.is_dir():
        _prove(kept_files.find(name), folder, size, tell)
    tell(0.95, "Building the network")
    model, about = rebuilt.rebuild(folder), rebuilt.read_about(folder)
    values = values or (AS_THEY_ARE if about["rescales"] else SHARES)
    if values not in VALUES:
        raise ValueError(f"The values of images are {values!r}. Choose one of: {list(VALUES)}.")
    if VALUES[values] is not None:
        model = straightened(model, about["image_size"], scale=VALUES[values])
    return model, {**about, "values": values}


def class_names(names: list[str] | None, number: int) -> tuple[str, ...]:
    """Return a name for every class: those that were given, or numbers.

    Args:
        names: One a class, or none.
        number: Of classes.

    Raises:
        ValueError: There are more or fewer names than classes.

    >>> class_names(None, 3)
    ('Class 0', 'Class 1', 'Class 2')
    """
    if not names:
        return tuple(f"Class {place}" for place in range(number))
    if len(names) != number:
        raise ValueError(
            f"{len(names)} names were given, but the network has {number} classes. Give one name "
            "a line, in the order of the network's answers."
        )
    return tuple(str(name)[:LONGEST_NAME] for name in names)


def _checked_size(image_size):
    if image_size is None:
        return 0
    if not isinstance(image_size, int) or not 1 <= image_size <= LARGEST_IMAGE:
        raise ValueError(
            f"The image size is {image_size!r}. Give a whole number from 1 to {LARGEST_IMAGE}."
        )
    return image_size


def _prove(file: Path, folder: Path, size: int, tell: Tell):
    """Open a file in a process of its own, and keep what it found."""
    words = "Opening the file in a process of its own"

    def passed(seconds):
        tell(0.9 * min(1.0, seconds / USUAL_SECONDS), words)

    with hidden_folder(folder.parent, OPENING) as making:
        opened, home = making / "opened", making / "home"
        opened.mkdir()
        home.mkdir()
        limits.run_apart(
            "explorer.inference.proving",
            [str(file), str(opened), str(size)],
            home=home,
            seconds=limits.OPEN_PATIENCE_SECONDS,
            tell=passed,
        )
        opened.rename(folder)
