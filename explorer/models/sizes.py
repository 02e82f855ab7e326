"""How much a network from elsewhere would take, told before anything is built.

Every number in a configuration can be small and the network still fill any memory: layers that
enlarge images stand behind each other, or two large layers are connected. Here shapes are followed
through the network, through every use of every layer. What cannot be told is refused: the process
that opens the file has limits of its own, but loads TensorFlow first.
"""

from explorer.models.following import USUAL_SIZE, declared, filled, follow
from explorer.models.lengths import STRANGE
from explorer.models.refusals import Refused, called

MOST_ACTIVATION_BYTES = 200_000_000
MOST_PRODUCTS = 100_000_000_000  # five times those of VGG19; some ten seconds on two cores
MOST_STEPS = 5_000  # a network within a network, used again and again, counts every time
FLOAT_BYTES = 4
FAR_TOO_MANY = 10**15  # numbers; nothing is followed any further
ANY_SIZE = (
    f"It takes images of any size, and is judged at {USUAL_SIZE} x {USUAL_SIZE} pixels; save it "
    "for smaller ones."
)
__all__ = ["FLOAT_BYTES", "MOST_ACTIVATION_BYTES", "USUAL_SIZE", "Sizes", "check_sizes"]


class Sizes:
    """The sum of what the layers of a network take, as far as they were followed.

    Args:
        values: What they put out.
        passing: The most that any of them needs for a moment beside that.
        products: How many numbers they multiply.
        parameters: What they keep.
        steps: How many layers an image passed.
    """

    def __init__(self):
        self.values = self.passing = self.products = self.parameters = self.steps = 0

    def add(self, *, values: int = 0, passing: int = 0, products: int = 0, kept: int = 0) -> None:
        """Count a layer, and stop where it is already far too much."""
        self.values += values
        self.passing = max(self.passing, passing)
        self.products += products
        self.parameters += kept
        if max(self.values, self.passing, self.parameters) > FAR_TOO_MANY:
            self.check(FAR_TOO_MANY)

    def step(self) -> None:
        """Count a layer or a network on the way."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Refused(
                f"An image passes more than {MOST_STEPS:,} layers of the network. Use networks "
                "within it less often."
            )

    def check(self, most_parameters: int) -> None:
        """Check that it is not too much."""
        memory = FLOAT_BYTES * (self.values + self.passing)
        if memory > MOST_ACTIVATION_BYTES:
            raise Refused(
                f"One image fills {memory // 10**6:,} MB of memory on its way through the "
                f"network. At most {MOST_ACTIVATION_BYTES // 10**6} MB are given; use smaller "
                "images."
            )
        if self.parameters > most_parameters:
            raise Refused(
                f"The network has {self.parameters:,} parameters. At most {most_parameters:,} are "
                "opened; give a smaller one."
            )
        if self.products > MOST_PRODUCTS:
            raise Refused(
                f"For one image the network multiplies {self.products // 10**9:,} billion numbers. "
                f"At most {MOST_PRODUCTS // 10**9} billion are; use smaller images."
            )


def check_sizes(config: dict, *, most_parameters: int, image_size: int | None = None) -> int:
    """Check how large a network becomes; return how many parameters it needs, at least.

    Args:
        config: A network that has passed `keras_file.check_config`.
        most_parameters: How many it may have.
        image_size: Width and height of what it is given, if it takes images of any size;
            `USUAL_SIZE` by default.

    Raises:
        ValueError: One image or the parameters fill too much memory, or it cannot be told how
            much they fill; says why.
    """
    sizes = Sizes()
    try:
        _check_shared(config)
        is_judged = _follow_images(config, image_size, sizes)
    except Refused:
        raise
    except (*STRANGE, MemoryError, RecursionError) as error:
        raise ValueError(
            "The network is not described as Keras saves it. Save it again with "
            '`model.save("name.keras")`.'
        ) from error
    try:
        sizes.check(most_parameters)
    except Refused as error:
        depends = is_judged and sizes.parameters <= most_parameters
        raise Refused(f"{error} {ANY_SIZE}" if depends else str(error)) from error
    return sizes.parameters


def _follow_images(config, image_size, sizes) -> bool:
    """Follow images of a size; return whether it is the usual one because nobody chose it."""
    says = declared(config)
    takes_any = says is not None and any(None in lengths for lengths in says)
    given = [filled(lengths, image_size) for lengths in says] if takes_any and image_size else None
    follow(config, given, sizes)
    return takes_any and given is None


def _check_shared(config):
    """Check that entries that stand for one layer are the same: Keras builds the first alone."""
    known, waiting = {}, [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            described = [value.get(key) for key in ("module", "class_name", "config")]
            number = value.get("shared_object_id")
            if number is not None and known.setdefault(number, described) != described:
                raise Refused(
                    f"Two different layers are saved as one and the same, {called(value)}. Save "
                    "the network again."
                )
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
