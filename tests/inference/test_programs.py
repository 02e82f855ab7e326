import keras
import numpy as np
import pytest
from keras import layers

from explorer.inference import programs


def network(filters):
    images = keras.Input((8, 8, 3))
    maps = layers.Conv2D(filters, 1)(images)
    return keras.Model(images, layers.Dense(2)(layers.GlobalMaxPooling2D()(maps)))


def test_values_on_the_way_of_an_image_are_counted():
    assert programs.num_values(network(5)) == 8 * 8 * (3 + 5) + 5 + 2
    chain = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(5, 1)])
    assert programs.num_values(chain) == 8 * 8 * (3 + 5)


@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_batches_hold_every_image_once(count):
    images = np.zeros((count, 8, 8, 3))
    rows = np.arange(count)
    found = [rows[part] for part in programs.batches(network(4), images)]
    assert np.array_equal(np.concatenate([*found, rows[:0]]), rows)


def test_of_what_fills_much_few_images_are_taken_at_once():
    images = np.zeros((100, 8, 8, 3))
    sizes = []
    for filters in (4, 200_000, 5_000_000):
        model = network(1)
        programs.compiled(model, "values", lambda own, filters=filters: 64 * filters)
        sizes.append(next(iter(programs.batches(model, images))).stop)
    assert sizes == [100, programs.BATCH_FILLS // (64 * 200_000), 1]
