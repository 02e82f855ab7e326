"""What a layer puts out for one image, as pictures: many maps, one map, one map over the image.

Outputs that cannot be negative are grey: black is 0, white the largest value. Others lie on the
diverging scale, 0 in its middle. What is not a finite number has a colour that neither has.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from explorer.charts import cells, palette
from explorer.charts.montage import montage

EACH_LAYER, EACH_MAP = "Each layer", "Each map"
SCALES = (EACH_LAYER, EACH_MAP)
TILE_PIXELS = 64
CELL_PIXELS = 14  # of a unit
LARGE_PIXELS = 320
GAP = 2
MOST_OPAQUE = 0.8
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class LayerMaps:
    """What a layer puts out for one image.

    Args:
        name: Of the layer.
        class_name: Its Keras class.
        size: Of its kernel or its pool, if it has one.
        activation: Name of its activation function, `"linear"` without one.
        shape: Of all it puts out, (height, width, channels) or (units,).
        values: The first channels. (height, width, shown) or (shown,)
        is_signed: Whether it can be negative.
        lowest: Smallest finite value over all channels.
        largest: Largest finite value over all channels.
        silent: How many channels are 0 throughout.
        lost: How many channels hold a value that is not finite.
        most_channels: How many channels can be had at once; `None` if all.
    """

    name: str
    class_name: str
    size: tuple[int, ...]
    activation: str
    shape: tuple[int, ...]
    values: np.ndarray
    is_signed: bool
    lowest: float
    largest: float
    silent: int
    lost: int
    most_channels: int | None = None

    @property
    def has_maps(self) -> bool:
        """Whether it puts out maps, and not just a number a unit."""
        return len(self.shape) == 3

    @property
    def num_more(self) -> int:
        """How many more channels can be had at once."""
        total = self.shape[-1] if self.most_channels is None else self.most_channels
        return max(0, min(total, self.shape[-1]) - self.values.shape[-1])

    @property
    def limit(self) -> float:
        """The value at the end of the layer's scale; 0 when there is no value but 0."""
        return max(abs(self.lowest), abs(self.largest))


def layers_of(found: Mapping[str, np.ndarray]) -> list[LayerMaps]:
    """Read the layers of what the inference process answers to `feature_maps`."""
    about = json.loads(str(found["about"]))
    return [
        read_layer(layer, found[f"maps_{number}"]) for number, layer in enumerate(about["layers"])
    ]


def read_layer(about: Mapping, values: np.ndarray) -> LayerMaps:
    """Put together what an answer says of a layer and its values."""
    known = {field.name: about[field.name] for field in fields(LayerMaps) if field.name in about}
    sizes = {key: tuple(about[key]) for key in ("size", "shape")}
    return LayerMaps(**{**known, **sizes, "values": values})


def limits(layer: LayerMaps, scale: str) -> np.ndarray:
    """Return the value at the end of the scale of every shown channel. (shown,).

    Args:
        layer: The layer.
        scale: `EACH_LAYER` gives all channels that of the layer, also of those that are not
            shown; `EACH_MAP` gives each map the size of its own largest finite value. Units,
            which have but one value, are always on the scale of the layer.
    """
    if scale == EACH_LAYER or not layer.has_maps:
        return np.full(layer.values.shape[-1], layer.limit)
    return np.abs(np.where(np.isfinite(layer.values), layer.values, 0)).max(axis=(0, 1))


def paint(values: np.ndarray, limit: float, *, is_signed: bool) -> np.ndarray:
    """Paint a map, one pixel a value.

    Args:
        values: Any values. (height, width)
        limit: The value at the end of the scale; 0 where all values are 0.
        is_signed: Whether to use the diverging scale, from `-limit` to `limit`, instead of
            grey, from 0 to `limit`.

    Returns:
        (height, width, 3) uint8
    """
    limit = limit if limit > 0 else 1.0
    if is_signed:
        return signed_colors()[cells.indices(values, limit)]
    finite = np.isfinite(values)
    shares = np.clip(np.where(finite, values, 0) / limit, 0, 1)
    shades = np.rint(shares * 255).astype(np.uint8)[..., None].repeat(3, axis=-1)
    shades[~finite] = _channels(palette.HIGHLIGHT)
    return shades


def signed_colors() -> np.ndarray:
    """Return the colours that `cells.indices` numbers. (128, 3) uint8."""
    scale = palette.diverging_lookup(cells.LEVELS)
    return np.concatenate([scale, [_channels(palette.NOT_A_NUMBER)]]).astype(np.uint8)


def map_montage(layer: LayerMaps, *, scale: str, width: int) -> np.ndarray:
    """Lay out the maps of a layer in the order of its channels, row by row.

    Args:
        layer: With maps or units; a unit is a cell with a frame, to be seen on any background.
        scale: One of `SCALES`.
        width: How many pixels the picture may be wide.

    Returns:
        (height, width, 4) uint8, the gaps transparent.
    """
    values = layer.values if layer.has_maps else layer.values[None, None]
    ends = limits(layer, scale)
    painted = np.stack(
        [
            paint(values[..., channel], end, is_signed=layer.is_signed)
            for channel, end in enumerate(ends)
        ]
    )
    times = tile_times(painted.shape[1:3], width)
    columns = columns_in(width, painted.shape[2] * times, len(painted))
    if layer.has_maps:
        return montage(painted, columns=columns, scale=times, gap=GAP)
    large = painted.repeat(times, axis=1).repeat(times, axis=2)
    return montage(_framed(large), columns=columns, gap=GAP)


def _framed(tiles):
    """Draw a thin grey line around every tile. (tiles, height, width, 3) uint8."""
    framed = np.empty_like(tiles)
    framed[:] = _channels(palette.MUTED)
    framed[:, 1:-1, 1:-1] = tiles[:, 1:-1, 1:-1]
    return framed


def tile_times(size: tuple[int, int], width: int) -> int:
    """Return how many pixels wide and high a value becomes in a montage."""
    longest = max(size)
    wanted = CELL_PIXELS if longest == 1 else TILE_PIXELS
    return max(1, min(round(wanted / longest), width // size[1]))


def columns_in(width: int, tile: int, count: int) -> int:
    """Return how many tiles stand in a row: a power of two where not all fit, to count by."""
    fitting = max(1, (width + GAP) // (tile + GAP))
    return count if count <= fitting else 2 ** (fitting.bit_length() - 1)


def enlarged(values: np.ndarray, limit: float, *, is_signed: bool) -> np.ndarray:
    """Paint one map large: every value a square of whole pixels. (height, width, 3) uint8."""
    times = large_times(values.shape)
    painted = paint(values, limit, is_signed=is_signed)
    return painted.repeat(times, axis=0).repeat(times, axis=1)


def large_times(size: tuple[int, int]) -> int:
    """Return how many pixels wide and high a value becomes in an enlarged map."""
    return max(1, LARGE_PIXELS // max(size))


def laid_over(
    pixels: np.ndarray, values: np.ndarray, limit: float, *, is_signed: bool
) -> np.ndarray:
    """Lay a map over the image: the further from 0 a value, the more of its colour is seen.

    The map is stretched to the image without smoothing, so that its own cells can be seen.

    Args:
        pixels: What the network sees. (image height, image width, 1 or 3) uint8
        values: The map. (height, width)
        limit: The value at the end of the scale.
        is_signed: Whether the map can be negative.

    Returns:
        (height, width, 3) uint8, enlarged by a whole number.
    """
    tall, wide = pixels.shape[:2]
    rows = np.arange(tall) * values.shape[0] // tall
    columns = np.arange(wide) * values.shape[1] // wide
    stretched = values[rows][:, columns]
    grey = pixels.mean(axis=-1, keepdims=True)
    sizes = np.abs(np.where(np.isfinite(stretched), stretched, 0)) / (limit if limit > 0 else 1.0)
    opacity = MOST_OPAQUE * np.clip(sizes, 0, 1)[..., None]
    # On a signed scale strong values are dark; over a picture the pure colours are seen better.
    colors = np.where(stretched[..., None] < 0, _channels(palette.RUN_A), _over_color(is_signed))
    mixed = np.rint(grey * (1 - opacity) + colors * opacity).astype(np.uint8)
    times = large_times((tall, wide))
    return mixed.repeat(times, axis=0).repeat(times, axis=1)


def slices(kernel: np.ndarray, limit: float, *, width: int, tile: int = 48) -> np.ndarray:
    """Lay out a filter, a tile an input channel, in their order, row by row.

    Args:
        kernel: (height, width, input channels)
        limit: The weight at the ends of the scale.
        width: How many pixels the picture may be wide.
        tile: About how many pixels a tile is wide.

    Returns:
        (height, width, 4) uint8
    """
    painted = [paint(one, limit, is_signed=True) for one in np.moveaxis(kernel, -1, 0)]
    times = max(1, tile // max(kernel.shape[:2]))
    columns = columns_in(width, kernel.shape[1] * times, len(painted))
    return montage(np.stack(painted), columns=columns, scale=times, gap=GAP)


def color_filter(kernel: np.ndarray, limit: float, *, tile: int = 96) -> np.ndarray:
    """Show a filter for colour images as one: red, green and blue where its weights are large.

    Args:
        kernel: (height, width, 3)
        limit: The weight that is full colour; 0 is mid-grey.
        tile: About how many pixels the picture is wide.

    Returns:
        (height, width, 3) uint8
    """
    finite = np.where(np.isfinite(kernel), kernel, 0)
    shades = np.rint((np.clip(finite / limit, -1, 1) + 1) / 2 * 255).astype(np.uint8)
    times = max(1, tile // max(kernel.shape[:2]))
    return shades.repeat(times, axis=0).repeat(times, axis=1)


def scale_words(layer: LayerMaps, scale: str) -> str:
    """Say what the colours of a layer mean, in a sentence."""
    if not layer.limit:
        return "No value but 0." if layer.lost == 0 else "No finite value but 0."
    if scale == EACH_MAP and layer.has_maps:
        ends = "own largest value" if not layer.is_signed else "own largest distance from 0"
        words = f"the end of the scale is each map's {ends}: compare places, not strength"
    else:
        ends = f"{MINUS}{layer.limit:.3g} and {layer.limit:.3g}" if layer.is_signed else ""
        furthest = "largest distance from 0" if layer.is_signed else "largest value"
        words = f"the scale ends at {ends or f'{layer.limit:.3g}'}, the layer's {furthest}"
        words += " for this image"
    if layer.is_signed:
        return f"Blue is below 0, orange above; {words}."
    return f"Black is 0, white is large; {words}."


def _over_color(is_signed):
    return _channels(palette.RUN_B if is_signed else palette.HIGHLIGHT)


def _channels(color):
    return np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])
