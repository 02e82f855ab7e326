import os

from explorer import runs
from explorer.training.spec import Recording

# Digits in batches of 512: 3 steps an epoch.
SMALL = {
    "data": "digits",
    "image_size": 8,
    "filters": 2,
    "depth": 1,
    "batch_size": 512,
    "epochs": 2,
    "recording": Recording(values_per_tensor=64, probe_images=4, checkpoints=4),
}


def status(run):
    return runs.open_run(run.folder).status


def make_old(run):
    os.utime(run.folder / "run.json", (0, 0))
