import io
import json
import subprocess
import sys

import numpy as np
import pytest
from image_corpus import saved
from PIL import Image

from explorer.data.decode import Refused, decode, preview
from explorer.data.pixel_memory import MOST_BYTES, why_too_large
from explorer.paths import PROJECT

MOST_GROWTH = 100_000_000
KINDS = {
    "PNG in colour": ("RGB", "PNG", {}, 16),
    "PNG that may be transparent": ("RGBA", "PNG", {}, 16),
    "PNG in grey": ("L", "PNG", {}, 25),
    "PNG of 16 bits": ("I;16", "PNG", {}, 20),
    "BMP": ("RGB", "BMP", {}, 16),
    "GIF": ("L", "GIF", {}, 16),
    "WebP": ("RGB", "WEBP", {}, 4),
    "JPEG": ("RGB", "JPEG", {}, 25),
    "JPEG in scans": ("RGB", "JPEG", {"progressive": True, "subsampling": "4:2:0"}, 25),
    "JPEG in scans, colours as fine as light": (
        *("RGB", "JPEG", {"progressive": True, "subsampling": "4:4:4"}),
        13,
    ),
}


def said(mode, kind, options, size):
    """Ask about a picture of some size; only the header is looked at."""
    data = saved(Image.new(mode, (16, 16)), kind, **options)
    image = Image.open(io.BytesIO(data))
    image._size = size
    return why_too_large(image, data, 32)


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_of_every_kind_has_a_number_of_pixels_up_to_which_it_is_read(name):
    *kind, millions = KINDS[name]
    assert said(*kind, (1000, 1000 * millions)) is None
    assert f"at most {millions}" in said(*kind, (1000, 1000 * (millions + 1)))


def test_a_scan_of_one_colour_is_seen():
    data = saved(Image.new("RGB", (16, 16)), "JPEG", subsampling="4:4:4")
    first = data.index(b"\xff\xda")
    apart = data[: first + 4] + b"\x01" + data[first + 5 :]
    for content, is_read in ((data, True), (apart, False)):
        image = Image.open(io.BytesIO(content))
        image._size = (5000, 5000)
        assert (why_too_large(image, content, 32) is None) == is_read


def test_a_jpeg_is_decoded_small_but_not_smaller_than_wanted():
    data = saved(Image.new("RGB", (5000, 4000)), "JPEG")
    for wanted in (8, 100, 512, 1000):
        image = Image.open(io.BytesIO(data))
        assert why_too_large(image, data, wanted) is None
        assert min(image.size) >= wanted
        assert 5 * image.width * image.height <= MOST_BYTES


MEASURE = """
import io, json, sys
from pathlib import Path
from PIL import Image
from explorer.data.decode import decode, preview

def memory(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) * 1024

small = io.BytesIO()
Image.new("RGBA", (9, 9)).save(small, "PNG")
preview(small.getvalue()), decode(small.getvalue(), image_size=32)
content = Path(sys.argv[1]).read_bytes()
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
preview(content), decode(content, image_size=256, channels=3)
print(json.dumps(memory("VmHWM") - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of the memory is read from /proc")
@pytest.mark.parametrize("name", ["PNG that may be transparent", "JPEG in scans", "WebP"])
def test_the_largest_picture_that_is_read_grows_a_fresh_process_by_less_than_100_mb(tmp_path, name):
    mode, kind, options, millions = KINDS[name]
    path = tmp_path / "picture"
    side = int((millions * 1_000_000) ** 0.5)
    Image.new(mode, (side, side), 9).save(path, kind, **options)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], cwd=PROJECT, capture_output=True, check=True
    )
    assert 2_000_000 < json.loads(done.stdout) < MOST_GROWTH


def test_one_more_is_refused_in_words(encode):
    wide = encode(Image.new("RGB", (4001, 4000)))
    with pytest.raises(Refused, match=r"4,001 x 4,000 pixels, at most 16.0 million are read of a"):
        preview(wide)


def test_strips_and_channels_make_what_the_whole_would(encode, rng):
    tall = Image.fromarray(rng.integers(0, 256, (600, 90, 4), np.uint8))
    white = Image.alpha_composite(Image.new("RGBA", tall.size, "white"), tall).convert("RGB")
    for size in (16, 200):
        found = decode(encode(tall), image_size=size, channels=3)
        assert (found.pixels == decode(encode(white), image_size=size, channels=3).pixels).all()
        assert found.remarks >= {"transparent"}
    assert (preview(encode(tall)).pixels == preview(encode(white)).pixels).all()
