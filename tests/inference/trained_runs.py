"""Small runs, really trained on digits in a second or two."""

from explorer import runs
from explorer.runs.write import RunWriter, update_description
from explorer.training.spec import Recording, TrainingSpec
from explorer.training.worker import train

SMALL = {
    "data": "digits",
    "image_size": 8,
    "filters": 2,
    "depth": 1,
    "batch_size": 256,
    "epochs": 2,
    "learning_rate": 0.1,
    "recording": Recording(values_per_tensor=64, probe_images=4, checkpoints=4),
}


def trained_run(root, name, **options):
    folder = runs.new_folder(root)
    spec = TrainingSpec(**SMALL | {"name": name} | options)
    update_description(folder, name=name, spec=spec.to_dict())
    train(folder, RunWriter(folder))
    update_description(folder, status="finished")
    return runs.open_run(folder)


def told(share, words):
    assert 0 <= share <= 1


class Stopping:
    """A progress that ends the request when it is told for the nth time."""

    def __init__(self, most, error):
        self.most, self.error, self.words = most, error, []

    def __call__(self, share, words):
        self.words.append(words)
        if len(self.words) > self.most:
            raise self.error
