import io
import zipfile

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EXPLORER_CACHE", str(folder))
    return folder


@pytest.fixture
def encode():
    """Return a function that makes the bytes of an image file from an array or an image."""

    def encode(image, file_format="PNG", **options):
        buffer = io.BytesIO()
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        image.save(buffer, file_format, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def noise(rng, encode):
    """Return a function that makes a PNG unlike all others."""
    return lambda size=(12, 12): encode(rng.integers(0, 256, (*size, 3), np.uint8))


@pytest.fixture
def zipped(tmp_path):
    """Return a function that packs named contents into a ZIP."""

    def zipped(contents, compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / "images.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        return path

    return zipped


@pytest.fixture
def foldered(tmp_path):
    """Return a function that writes named contents into a folder."""

    def foldered(contents):
        for name, content in contents.items():
            path = tmp_path / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "images"

    return foldered


@pytest.fixture
def pets(noise):
    """Six images in two classes, by name."""
    return {f"{name}/{i}.png": noise() for name in ("cat", "dog") for i in range(3)}
