"""Files that claim to be pictures, made by hand: what is refused, and what is only unusual."""

import io
import pickle
import struct
import zlib

import numpy as np
from PIL import Image

NOT_A_PICTURE = "not a PNG, JPEG, WebP, BMP or GIF"
TOO_LARGE = "at most 25 million"
CUT_SHORT = r"damaged or cut short|not a PNG"


def saved(image, kind="PNG", **options):
    """Return an image, or pixels, as the content of a file."""
    buffer = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(size=64):
    return np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)


def half(kind):
    content = saved(noise(), kind)
    return content[: len(content) // 2]


def png(width, height, data=b"", *, extra=()):
    """Build a PNG of grey pixels whose header says anything."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_size(kind, place, form, *numbers):
    """Return a small picture whose header says that it is large."""
    content = bytearray(saved(Image.new("RGB", (8, 8)), kind))
    struct.pack_into(form, content, place, *numbers)
    return bytes(content)


def text_bomb():
    """Build a PNG with a comment that unpacks to 20 MB."""
    comment = b"comment\x00\x00" + zlib.compress(bytes(20_000_000), 9)
    return png(8, 8, bytes(8 * 9), extra=[(b"zTXt", comment)])


HOSTILE = {
    "zero bytes": (b"", "the file is empty"),
    "a page named .png": (b"<html><script>alert(1)</script></html>", NOT_A_PICTURE),
    "a drawing (SVG)": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', NOT_A_PICTURE),
    "a drawing with entities": (
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>',
        NOT_A_PICTURE,
    ),
    "a program (EPS)": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", NOT_A_PICTURE),
    "a TIFF named .png": (saved(noise(), "TIFF"), NOT_A_PICTURE),
    "a Photoshop file": (b"8BPS\x00\x01" + bytes(40), NOT_A_PICTURE),
    "a pickle renamed": (pickle.dumps([1]), NOT_A_PICTURE),
    "a signature alone": (b"\x89PNG\r\n\x1a\n" + bytes(30), CUT_SHORT),
    "many black pixels (PNG)": (saved(Image.new("1", (13_000, 13_000))), TOO_LARGE),
    "a PNG that says 20,000 x 20,000": (png(20_000, 20_000, bytes(10**6)), "make it smaller"),
    "a PNG without end": (png(2**31 - 1, 2**31 - 1), "make it smaller|damaged"),
    "a PNG that says 5,000 x 5,000": (png(5_000, 5_000, bytes(10)), CUT_SHORT),
    "a GIF that says 65,535 x 65,535": (
        with_size("GIF", 6, "<HH", 65_535, 65_535),
        "make it smaller|damaged",
    ),
    "a BMP that says 30,000 x 30,000": (with_size("BMP", 18, "<ii", 30_000, 30_000), "smaller"),
    "a comment that unpacks (PNG)": (text_bomb(), "damaged or cut short"),
    **{f"half a {kind}": (half(kind), CUT_SHORT) for kind in ("JPEG", "PNG", "WEBP", "BMP", "GIF")},
}
UNUSUAL = {
    "1 x 1": saved(Image.new("RGB", (1, 1), (9, 200, 30))),
    "20,000 x 1": saved(Image.new("RGB", (20_000, 1), (9, 200, 30))),
    "1 x 20,000": saved(Image.new("RGB", (1, 20_000), (9, 200, 30))),
    "a JPEG named .png": saved(noise(), "JPEG"),
}
