"""When the page Compare is drawn anew because a run has grown, and when its charts alone are."""

import numpy as np
import pytest

from explorer import runs
from explorer.runs.write import RunWriter
from explorer.ui.compare_view import stages


@pytest.fixture
def growing(root):
    writer = RunWriter(root / "live")
    writer.describe(name="live", status="running", planned_steps=9)
    yield writer
    writer.close()


def seen(writer):
    return stages([runs.open_run(writer.folder)])


def test_the_first_step_is_news_and_more_steps_are_not(growing):
    found = []
    for step in range(3):
        found.append(seen(growing))
        growing.write_step(step, {"weights.values": np.zeros(3, np.float32)})
    found.append(seen(growing))
    assert found[0] != found[1] == found[2] == found[3]


def test_every_checkpoint_is_news(growing):
    found = []
    for step in (0, 4):
        growing.write_checkpoint(step, {"w": np.zeros(3, np.float32)})
        found.append(seen(growing))
    assert found[0] != found[1]


def test_losses_alone_change_no_choice(growing):
    before = seen(growing)
    growing.add_metrics(step=0, epoch=0, loss=2.0)
    assert seen(growing) == before
