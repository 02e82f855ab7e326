"""What the numbers mean that say how a kernel slides: a sentence each, for what is chosen."""

from explorer.analysis.convolution import Sliding
from explorer.charts.sliding_window import Slid

ACTIVATION_WORDS = {
    "none": "what comes out of the sum is the cell of the feature map, as it is",
    "relu": "what is below 0 becomes 0, all else stays",
    "sigmoid": "every number is pressed between 0 and 1",
    "tanh": "every number is pressed between −1 and 1",
}
WHAT_FOR = "Networks need one between their layers: without it, many would do no more than one."


def sentences(slid: Slid) -> list[str]:
    """Return a sentence each for bias, stride, padding, dilation and activation function.

    Args:
        slid: What slides over what.
    """
    sliding = slid.sliding
    return [
        _bias(slid.bias),
        f"**Stride {sliding.stride}**: {_stride(sliding.stride)}",
        f"**Padding {sliding.padding}**: {_padding(sliding, len(slid.image))}",
        f"**Dilation {sliding.dilation}**: {_dilation(sliding)}",
        f"**Activation function {slid.activation}**: {ACTIVATION_WORDS[slid.activation]}. "
        f"{WHAT_FOR}",
    ]


def _bias(bias: float | None) -> str:
    if bias is None:
        return "**No bias**: this layer of the network has none."
    return f"**Bias {bias:.4g}**: added to every sum. A network learns it with its kernel."


def _stride(stride: int) -> str:
    if stride == 1:
        return "the window moves on by one cell at a time."
    return f"the window moves on by {stride} cells at a time, and the feature map gets smaller."


def _padding(sliding: Sliding, given: int) -> str:
    if sliding.padding == "valid":
        return "the window stays inside the image, so the feature map may be smaller."
    if not sum(sliding.borders(given)):
        return "there are borders of 0 where the window needs them; here it needs none."
    return (
        "around the image, outside the dashed line, lies a border, and each of its cells counts "
        "as 0. With a stride of 1 the feature map has the same size as the image: hence the name."
    )


def _dilation(sliding: Sliding) -> str:
    if sliding.dilation == 1:
        if sliding.size == 1:
            return "the distance of the window's cells; it has only one."
        return (
            "the cells of the window touch. With 2 there would be a cell between neighbours: as "
            "many numbers would look at a larger part of the image."
        )
    return (
        f"the cells of the window lie {sliding.dilation} apart: with as many numbers it spans "
        f"{sliding.extent} x {sliding.extent} cells."
    )
