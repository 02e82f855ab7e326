import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from image_corpus import HOSTILE, UNUSUAL
from PIL import Image

from explorer.data import decode_image
from explorer.data.decode import decode, preview
from explorer.paths import PROJECT

RAMP = np.arange(0, 256, 4, dtype=np.uint8)[:, None] + np.zeros((1, 64), np.uint8)


def shades(image):
    return sorted(np.unique(image).tolist())


def test_an_image_of_the_right_size_keeps_its_pixels(encode, rng):
    pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
    assert (decode_image(encode(pixels), image_size=16, channels=3) == pixels).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_images_come_out_upright(encode, rng, orientation, fit):
    upright = Image.fromarray(rng.integers(90, 160, (24, 32, 3), np.uint8))
    back = {5: 5, 6: 2, 7: 6, 8: 4, 2: 0, 3: 3, 4: 1}  # Pillow's numbers of the inverse turns
    stored = upright.transpose(back[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = decode_image(encode(stored, exif=exif), image_size=16, channels=3, fit=fit)
    plain = decode_image(encode(upright), image_size=16, channels=3, fit=fit)
    assert np.abs(turned.astype(int) - plain).max() <= 2


def test_grey_of_sixteen_bits_is_scaled_not_saturated(encode):
    wide = encode(RAMP.astype(np.uint16) * 257)
    assert (decode_image(wide, image_size=64, channels=1)[..., 0] == RAMP).all()
    assert decode(wide, image_size=64).remarks == {"sixteen_bit"}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_every_mode_gives_the_same_white_and_black(encode, mode):
    image = Image.new("RGB", (8, 8))
    image.paste((255, 255, 255), (0, 0, 8, 4))
    pixels = decode_image(encode(image.convert(mode)), image_size=8, channels=3)
    assert (pixels[:4] == 255).all()
    assert (pixels[4:] == 0).all()


def test_cmyk_keeps_its_colours(encode):
    image = Image.new("RGB", (16, 16), (200, 30, 40)).convert("CMYK")
    pixels = decode_image(encode(image, "JPEG", quality=95), image_size=16, channels=3)
    assert np.abs(pixels.astype(int) - (200, 30, 40)).max() < 12


def test_transparent_pixels_become_white_whatever_colour_they_hide(encode):
    data = encode(Image.new("RGBA", (8, 8), (255, 0, 0, 0)))
    decoded = decode(data, image_size=8)
    assert shades(decoded.pixels) == [255]
    assert decoded.remarks == {"transparent"}


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_counts(encode, file_format):
    first, second = (Image.new("RGB", (8, 8), color) for color in ("white", "black"))
    data = encode(first, file_format, save_all=True, append_images=[second], duration=100)
    decoded = decode(data, image_size=8)
    assert decoded.pixels.min() >= 250
    assert decoded.remarks == {"animated"}


def test_crop_cuts_the_longer_side_in_the_middle(encode):
    wide = np.zeros((8, 24), np.uint8)
    wide[:, 8:16] = 200
    assert shades(decode_image(encode(wide), image_size=8, channels=1)) == [200]


def test_pad_keeps_the_whole_image_on_mid_grey(encode):
    pixels = decode_image(
        encode(np.full((8, 16), 200, np.uint8)), image_size=16, channels=1, fit="pad"
    )
    assert shades(pixels[4:12]) == [200]
    assert shades(pixels[:4]) == shades(pixels[12:]) == [128]


def test_shrinking_averages_instead_of_picking(encode):
    stripes = np.tile(np.array([0, 255], np.uint8), (256, 128))
    pixels = decode_image(encode(stripes), image_size=16, channels=1)
    assert np.abs(pixels.astype(int) - 127).max() < 20


def test_colourless_images_take_one_channel(encode):
    assert decode(encode(np.stack([RAMP] * 3, axis=2)), image_size=8).pixels.shape == (8, 8, 1)
    assert decode(encode(Image.new("RGB", (8, 8), "red")), image_size=8).pixels.shape == (8, 8, 3)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_good_image_is_refused_with_the_reason(name):
    content, match = HOSTILE[name]
    for look in (partial(decode_image, image_size=8, channels=3), preview):
        with pytest.raises(ValueError, match=match) as caught:
            look(content)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", UNUSUAL)
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_what_is_only_unusual_is_read(name, fit):
    assert decode_image(UNUSUAL[name], image_size=8, channels=3, fit=fit).shape == (8, 8, 3)
    assert max(preview(UNUSUAL[name]).pixels.shape[:2]) <= 480


READ = """
import sys
from explorer.data import decode_image
try:
    decode_image(sys.stdin.buffer.read(), image_size=8, channels=3)
except ValueError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["many black pixels (PNG)", "a PNG that says 20,000 x 20,000"])
def test_a_picture_of_too_many_pixels_is_refused_without_a_word_to_the_log(name):
    content, why = HOSTILE[name]
    command = [sys.executable, "-c", READ]
    said = subprocess.run(command, input=content, capture_output=True, check=True, cwd=PROJECT)
    assert why in said.stdout.decode()
    assert said.stderr == b""
