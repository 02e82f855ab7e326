"""How much memory a picture takes while it is decoded, told from its header alone.

A decoder holds more than the pixels: the two canvases of an animation (WebP), all coefficients of
a JPEG whose scans refine each other, a second copy in other colours. Measured with Pillow 13.
"""

from PIL import Image

MOST_PIXELS = 25_000_000
MOST_BYTES = 80_000_000  # the server grows by a fifth more
# Bytes a pixel, with the copy that is made in other colours. Pillow keeps RGB in four bytes, too.
BYTES = {"1": 2, "L": 2, "I;16": 4, "LA": 5, "I": 5, "P": 5, "RGB": 5, "RGBA": 5}
USUAL_BYTES = 8  # CMYK, and whatever is rarer
WEBP_BYTES = 17
COEFFICIENT_BYTES = 2
DRAFTS = (4, 2, 1)  # times the wanted size, at least: a JPEG can be decoded at a half, a quarter...
SHORTER = (8, 4, 2, 1)
SCAN = b"\xff\xda"


def why_too_large(image: Image.Image, data: bytes, image_size: int) -> str | None:
    """Say why a picture is not decoded; prepare a JPEG for being decoded small.

    Args:
        image: Opened, and not loaded.
        data: The content of its file.
        image_size: Width and height that are wanted in the end, in pixels.
    """
    (width, height), number = image.size, image.width * image.height
    if number > MOST_PIXELS:
        return f"{width:,} x {height:,} pixels, at most {MOST_PIXELS // 10**6} million are read"
    held = _coefficient_bytes(image, data)
    each = WEBP_BYTES if image.format == "WEBP" else BYTES.get(image.mode, USUAL_BYTES)
    for wanted in (times * image_size for times in DRAFTS):
        if held + each * number / _shortened(image, wanted) ** 2 <= MOST_BYTES:
            image.draft(None, (wanted, wanted))
            return None
    most = MOST_BYTES / (each / _shortened(image, image_size) ** 2 + held / number)
    kind = "a JPEG made for showing bit by bit" if held else f"a {image.format} file of its kind"
    return f"{width:,} x {height:,} pixels, at most {most / 1e6:.1f} million are read of {kind}"


def _shortened(image, wanted) -> int:
    """Return by how much a decoder can shorten the sides and leave them as long as is wanted."""
    if image.format != "JPEG":
        return 1
    return next(times for times in SHORTER if times == 1 or min(image.size) >= times * wanted)


def _coefficient_bytes(image, data) -> float:
    """Return what a JPEG decoder holds until it has seen all scans; 0 where there is one."""
    if image.format != "JPEG" or not _has_scans(image, data):
        return 0
    finest = max(across * down for _, across, down, _ in image.layer)
    share = sum(across * down / finest for _, across, down, _ in image.layer)
    return COEFFICIENT_BYTES * share * image.width * image.height


def _has_scans(image, data):
    """Say whether the first scan does not hold all of the picture: it refines, or is one colour."""
    if image.info.get("progressive"):
        return True
    first = data.rindex(SCAN, 0, image.fp.tell())
    return data[first + 4] < image.layers
