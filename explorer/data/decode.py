"""From the bytes of one image file to a square array, by stated rules.

Only formats with well-kept decoders are opened, and the size in pixels is read before any
pixel is decoded: a file of 20 kB can announce an image that fills the memory.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
MAX_PIXELS = 25_000_000
MID_GREY = 128
MOST_LETTERS = 200  # of what a decoder says
STRIP = 256  # rows laid on white at a time
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
    "rotated": "stored lying or mirrored: turned upright as their EXIF data say",
    "cropped": "not square: the shorter side fills the square, the longer one is cut in the middle",
    "padded": "not square: kept whole, with mid-grey borders",
    "enlarged": "smaller than the chosen image size: enlarged",
}


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
    square = fit_image(image, image_size, fit, remarks)
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
    image.thumbnail((longest, longest))
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
        remarks.add("rotated")
    return Decoded(_as_channels(np.asarray(image), None), frozenset(remarks))


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
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _too_large(f"{width:,} x {height:,} pixels")
        if image.format in ("GIF", "PNG", "WEBP") and getattr(image, "is_animated", False):
            remarks.add("animated")
        image.draft(None, (4 * image_size, 4 * image_size))
        image.load()
        return _to_grey_or_rgb(image, remarks), _orientation(image)


def _open(data):
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large("more than a hundred million pixels") from error
    except Image.UnidentifiedImageError as error:
        raise Refused(
            "the content is not a PNG, JPEG, WebP, BMP or GIF image; save it as one of these"
        ) from error


def _too_large(size):
    return Refused(
        f"the image has {size}, at most {MAX_PIXELS // 1_000_000} million are read; make it smaller"
    )


def _to_grey_or_rgb(image, remarks):
    if image.mode.startswith("I"):
        remarks.add("sixteen_bit")
        scaled = np.asarray(image).astype(np.float32) / 257
        return Image.fromarray(np.rint(scaled).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        return _on_white(image if image.mode == "RGBA" else image.convert("RGBA"), remarks)
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _on_white(image, remarks):
    """Lay an image on white: a transparent pixel may hide any colour."""
    if image.getextrema()[3][0] == 255:
        return image.convert("RGB")
    remarks.add("transparent")
    laid = Image.new("RGB", image.size)
    for top in range(0, image.height, STRIP):
        strip = image.crop((0, top, image.width, min(top + STRIP, image.height)))
        white = Image.new("RGBA", strip.size, "white")
        laid.paste(Image.alpha_composite(white, strip).convert("RGB"), (0, top))
    return laid


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
