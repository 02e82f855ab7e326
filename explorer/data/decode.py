"""From the bytes of one image file to a square array, by stated rules.

Only formats with well-kept decoders are opened, and the size in pixels is read before any
pixel is decoded: a file of 20 kB can announce an image that fills the memory.
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.data.pixel_memory import MOST_PIXELS, why_too_large

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MID_GREY = 128
MOST_LETTERS = 200  # of what a decoder says
STRIP = 256  # rows that are turned into other colours at a time
ORIENTATION_TAG = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What can have happened to an image on the way, in the words of the notes.
REMARKS = {
    "animated": "animated: the first frame is used",
    "transparent": "with transparent parts: laid on white",
    "sixteen_bit": "with 16 bits a pixel: scaled to 8 bits",
    "rotated": "stored lying or mirrored: turned upright as the EXIF data say",
    "cropped": "not square: the shorter side fills the square, the longer one is cut in the middle",
    "padded": "not square: kept whole, with mid-grey borders",
    "enlarged": "smaller than the wanted image size: enlarged",
}
# Pillow warns of pictures above its own bound on the standard error; ours is lower, and refuses.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class Refused(ValueError):
    """The file is no image that is read; says why."""


@dataclass(frozen=True)
class Decoded:
    """One image, fitted.

    Args:
        pixels: One channel if the image is grey, else three. (image_size, image_size, channels)
        remarks: Keys of `REMARKS` that apply.
    """

    pixels: np.ndarray
    remarks: frozenset[str] = frozenset()


def decode_image(data: bytes, *, image_size: int, channels: int, fit: str = "crop") -> np.ndarray:
    """Decode and fit one image as the images of a set are, for instance to classify it.

    Args:
        data: Content of a PNG, JPEG, WebP, BMP or GIF file.
        image_size: Width and height of the result.
        channels: 1 for grey, 3 for colour.
        fit: `"crop"` or `"pad"`.

    Returns:
        The pixels, 0 to 255. (image_size, image_size, channels)

    Raises:
        ValueError: If the file cannot be read; says why.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels is {channels}. It must be 1 (grey) or 3 (colour).")
    return decode(
        data, image_size=image_size, fit=fit, grey=channels == 1, channels=channels
    ).pixels


def decode(data, *, image_size, fit="crop", grey=False, channels=None) -> Decoded:
    """Decode and fit one image; without `channels` a colourless image gets a single one."""
    remarks = set()
    image, orientation = _open_pixels(data, image_size, remarks)
    if grey:
        image = image.convert("L")
    square = by_channel(image, lambda part: fit_image(part, image_size, fit, remarks))
    if orientation in UPRIGHT:
        square = square.transpose(UPRIGHT[orientation])
        remarks.add("rotated")
    return Decoded(_as_channels(np.asarray(square), channels), frozenset(remarks))


def preview(data: bytes, *, longest: int = 480) -> Decoded:
    """Decode one image as a person sees it: upright, in its own shape and colours.

    Args:
        data: Content of a PNG, JPEG, WebP, BMP or GIF file.
        longest: Its longer side is made no longer than this, in pixels.

    Returns:
        Pixels of any height and width, and what was done to them.

    Raises:
        ValueError: If the file cannot be read; says why.
    """
    remarks = set()
    image, orientation = _open_pixels(data, longest, remarks)
    image = by_channel(image, lambda part: _no_longer(part, longest))
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
        remarks.add("rotated")
    return Decoded(_as_channels(np.asarray(image), None), frozenset(remarks))


def _no_longer(image, longest):
    image.thumbnail((longest, longest))
    return image


def fit_image(image: Image.Image, image_size: int, fit: str, remarks: set) -> Image.Image:
    """Bring an image to a square: `"crop"` fills it, `"pad"` keeps everything."""
    width, height = image.size
    side = min(width, height) if fit == "crop" else max(width, height)
    if side < image_size:
        remarks.add("enlarged")
    if width == height:
        return _resize(image, (image_size, image_size))
    if fit == "crop":
        remarks.add("cropped")
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
        return _resize(image, (image_size, image_size), box)
    remarks.add("padded")
    size = tuple(max(round(length * image_size / side), 1) for length in image.size)
    square = Image.new(image.mode, (image_size, image_size), (MID_GREY,) * len(image.getbands()))
    place = tuple((image_size - length) // 2 for length in size)
    square.paste(_resize(image, size), place)
    return square


def _resize(image, size, box=None):
    """Resample with the filter that suits the direction; an exact fit keeps its pixels."""
    box = box or (0, 0, *image.size)
    smaller = box[2] - box[0] > size[0]
    resampling = Image.Resampling.LANCZOS if smaller else Image.Resampling.BICUBIC
    return image.resize(size, resampling, box=box, reducing_gap=3.0 if smaller else None)


def _open_pixels(data, image_size, remarks):
    """Return the pixels as grey or RGB, and the orientation they are stored in."""
    if not data:
        raise Refused("the file is empty")
    try:
        return _read_pixels(data, image_size, remarks)
    except Refused:
        raise
    except Exception as error:  # Decoders raise whatever a damaged file leads them to.
        line = " ".join(str(error).split())[:MOST_LETTERS]
        raise Refused(f"the image is damaged or cut short ({line})") from error


def _read_pixels(data, image_size, remarks):
    with _open(data) as image:
        too_large = why_too_large(image, data, image_size)
        if too_large:
            raise Refused(f"the image has {too_large}; make it smaller")
        if image.format in ("GIF", "PNG", "WEBP") and getattr(image, "is_animated", False):
            remarks.add("animated")
        image.load()
        return _to_grey_or_rgb(image, remarks), _orientation(image)


def _open(data):
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(
            "the image has more than a hundred million pixels, at most "
            f"{MOST_PIXELS // 10**6} million are read; make it smaller"
        ) from error
    except Image.UnidentifiedImageError as error:
        raise Refused(
            "the content is not a PNG, JPEG, WebP, BMP or GIF image; save it as one of these"
        ) from error


def _to_grey_or_rgb(image, remarks):
    """Return the pixels as grey, RGB, or RGBA of which nothing is transparent any more.

    A large picture must not be in the memory twice: what needs other colours gets them in strips.
    """
    if image.mode.startswith("I"):
        remarks.add("sixteen_bit")
        return _in_strips(image, Image.new("L", image.size), _to_eight_bits)
    if image.has_transparency_data:
        return _on_white(image, remarks)
    wanted = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _in_strips(image, made, change):
    for top in range(0, image.height, STRIP):
        strip = image.crop((0, top, image.width, min(top + STRIP, image.height)))
        made.paste(change(strip), (0, top))
    return made


def _to_eight_bits(strip):
    scaled = np.asarray(strip).astype(np.float32) / 257
    return Image.fromarray(np.rint(scaled).clip(0, 255).astype(np.uint8))


def _on_white(image, remarks):
    """Lay an image on white: a transparent pixel may hide any colour."""
    is_grey = image.mode in ("L", "LA", "1")
    has_room = image.mode in ("RGB", "RGBA")
    made = image if has_room else Image.new("L" if is_grey else "RGB", image.size)

    def laid(strip):
        strip = strip.convert("RGBA")
        if strip.getextrema()[3][0] < 255:
            remarks.add("transparent")
            strip = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
        return strip.convert(made.mode)

    return _in_strips(image, made, laid)


def by_channel(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Change the size of an image; one with a channel that says nothing, channel by channel."""
    if image.mode != "RGBA":
        return change(image)
    return Image.merge("RGB", [change(image.getchannel(name)) for name in "RGB"])


def _orientation(image):
    try:
        return image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # Broken EXIF data do not make the pixels unreadable.
        return 1


def _as_channels(pixels, channels):
    """Return (height, width, channels); without `channels`, one if the image is colourless."""
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if channels == 3 and pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    return pixels[:, :, :1] if channels is None and _is_colourless(pixels) else pixels


def _is_colourless(pixels):
    """Look at one row first: that settles it for most colour images."""
    middle = pixels[len(pixels) // 2]
    return bool((middle == middle[:, :1]).all() and (pixels == pixels[:, :, :1]).all())
