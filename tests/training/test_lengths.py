import numpy as np
import pytest

from explorer.training.lengths import batch_bounds, num_steps, steps_per_epoch


@pytest.mark.parametrize("num_images", [1, 7, 64, 65, 1000])
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_every_image_is_in_one_batch_and_batches_are_alike(num_images, batch_size):
    sizes = np.diff(batch_bounds(num_images, batch_size))
    assert sizes.sum() == num_images
    assert sizes.max() <= batch_size
    assert sizes.max() - sizes.min() <= 1
    assert len(sizes) == steps_per_epoch(num_images, batch_size)


def test_steps_add_up_over_epochs():
    assert num_steps(100, 32, 3) == 12


@pytest.mark.parametrize("wrong", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_nothing_to_train_on_is_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        num_steps(*wrong)
