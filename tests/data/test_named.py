import gzip
import hashlib
import io
import pickle
import struct
import tarfile

import numpy as np
import pytest

from explorer.data import SOURCES, DataError, Progress, load
from explorer.data.downloads import Download, fetch
from explorer.data.public_sets import cifar_10, fashion_mnist, mnist


@pytest.fixture
def served(tmp_path):
    """Return a function that offers content at a URL."""

    def served(name, content, checksum=None):
        (tmp_path / name).write_bytes(content)
        checksum = checksum or hashlib.sha256(content).hexdigest()
        return Download((tmp_path / name).as_uri(), checksum)

    return served


def last(items):
    *_, item = items
    return item


def returned(steps):
    """Run a generator to its end and return what it yielded and its value."""
    yielded = []
    while True:
        try:
            yielded.append(next(steps))
        except StopIteration as end:
            return yielded, end.value


def tarred(**contents):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_every_source_has_a_line_for_people():
    assert list(SOURCES) == ["bundled", "digits", "mnist", "fashion-mnist", "cifar-10"]
    assert all(SOURCES.values())


def test_the_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    prepared, digits = load("digits", image_size=8), load_digits()
    assert (prepared.images[..., 0] == (digits.images * 255 // 16).astype(np.uint8)).all()
    assert (prepared.labels == digits.target).all()
    assert len(set(prepared.file_names)) == 1797
    assert "" not in prepared.file_names


def test_mnist_is_read_from_its_file(served, rng):
    images, labels = rng.integers(0, 256, (6, 28, 28), np.uint8), np.arange(6, dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1])
    arrays = last(mnist(served("mnist.npz", buffer.getvalue())))
    assert (arrays.images == images).all()
    assert (arrays.labels == labels).all()


def test_fashion_mnist_is_read_from_its_files(served, rng):
    images, labels = rng.integers(0, 256, (4, 28, 28), np.uint8), np.arange(4, dtype=np.uint8)
    image_file = gzip.compress(struct.pack(">4i", 2051, 4, 28, 28) + images.tobytes())
    label_file = gzip.compress(struct.pack(">2i", 2049, 4) + labels.tobytes())
    arrays = last(fashion_mnist(served("images.gz", image_file), served("labels.gz", label_file)))
    assert (arrays.images == images).all()
    assert (arrays.labels == labels).all()


def test_cifar_10_is_read_with_its_channels_last(served, rng):
    images = rng.integers(0, 256, (4, 32, 32, 3), np.uint8)
    batches = {
        f"data_batch_{part + 1}": pickle.dumps(
            {
                b"data": images[part::2].transpose(0, 3, 1, 2).reshape(2, -1),
                b"labels": [part, 9],
            },
            protocol=3,
        )
        for part in range(2)
    }
    arrays = last(cifar_10(served("cifar.tar.gz", tarred(**batches, test_batch=b"unread"))))
    assert (arrays.images == images[[0, 2, 1, 3]]).all()
    assert arrays.labels.tolist() == [0, 9, 1, 9]


def test_a_pickle_that_holds_a_program_is_not_run(served, tmp_path):
    class Program:
        def __reduce__(self):
            return (tmp_path.joinpath("evil").touch, ())

    content = tarred(data_batch_1=pickle.dumps(Program()))
    with pytest.raises(DataError, match="which is not an array"):
        last(cifar_10(served("cifar.tar.gz", content)))
    assert not (tmp_path / "evil").exists()


def test_a_download_shows_progress_and_is_kept(served, tmp_path):
    download = served("data.bin", bytes(3_000_000))
    progress, path = returned(fetch(download))
    assert progress[-1] == Progress(3_000_000, 3_000_000, "Downloading data.bin")
    (tmp_path / "data.bin").unlink()
    assert returned(fetch(download)) == ([], path)


def test_a_kept_file_that_was_damaged_is_fetched_again(served):
    download = served("data.bin", b"content")
    _, path = returned(fetch(download))
    path.write_bytes(b"damaged")
    returned(fetch(download))
    assert path.read_bytes() == b"content"


def test_a_file_with_another_checksum_is_not_kept(served, cache):
    download = served("data.bin", b"content", checksum="0" * 64)
    with pytest.raises(DataError, match=r"not the expected file.*try again"):
        returned(fetch(download))
    assert list((cache / "downloads").iterdir()) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/data.bin", "file:///nowhere/data.bin"])
def test_without_network_the_message_says_what_to_do(url):
    with pytest.raises(DataError, match=r"cannot be downloaded.*Connect to the network"):
        returned(fetch(Download(url, "0" * 64)))
