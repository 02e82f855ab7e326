"""Every slice of every filter is found in its place, on one scale for all steps."""

import json

import numpy as np
import pytest
import vl_convert

from explorer import runs
from explorer.analysis.timeline import align
from explorer.charts import cells, pair
from explorer.charts.feature_maps import signed_colors
from explorer.charts.filter_montage import color_sheet, filter_montage, slice_sheet
from explorer.charts.filter_reading import (
    CHANGE,
    MOST_READ,
    VALUE,
    checkpoints_to_read,
    read_checkpoints,
    read_recorded,
)
from explorer.runs import sketch
from explorer.runs.write import RunWriter

STEPS = (0, 1, 5)
SHAPE = (3, 2, 4, 6)


@pytest.fixture
def kernels(rng):
    """A kernel at each step, growing. (steps, height, width, input channels, filters)."""
    return np.stack([scale * rng.normal(size=SHAPE) for scale in (1, 2, 3)]).astype(np.float32)


def write_run(folder, kernels, columns=None, rows=None):
    """Write a run with these kernels, at recorded steps and at checkpoints."""
    info = runs.TensorInfo("conv_1/kernel", kernels.shape[1:], rows, columns)
    writer = RunWriter(folder)
    writer.describe(
        name="A run", status="finished", recording={"tensors": {"weights": [info.to_dict()]}}
    )
    for step, kernel in zip(STEPS, kernels, strict=True):
        parts = sketch.sketch(kernel)
        knots = np.zeros((0, sketch.KNOTS), np.float32) if info.is_whole else parts.knots[None]
        writer.write_step(
            step,
            {
                "weights.moments": parts.moments[None],
                "weights.knots": np.asarray(knots, np.float32),
                "weights.values": info.take(kernel).ravel(),
            },
        )
        writer.write_checkpoint(step, {"conv_1/kernel": kernel})
    writer.close()
    return runs.open_run(folder)


@pytest.fixture
def timeline():
    return align([np.array(STEPS)])


def test_a_slice_is_found_in_the_column_of_its_filter_and_the_row_of_its_channel(kernels):
    sheet = slice_sheet(kernels[0], 2.0, in_row=6)
    assert sheet.shape == (4 * (3 + 1) - 1, 6 * (2 + 1) - 1, 4)
    expected = signed_colors()[cells.indices(kernels[0][:, :, 1, 4], 2.0)]
    np.testing.assert_array_equal(sheet[4:7, 12:14, :3], expected)


def test_filters_that_do_not_fit_in_a_row_follow_below(kernels):
    sheet = slice_sheet(kernels[0], 2.0, in_row=4)
    block = 4 * (3 + 1) - 1 + 2
    expected = signed_colors()[cells.indices(kernels[0][:, :, 0, 5], 2.0)]
    np.testing.assert_array_equal(sheet[block : block + 3, 3:5, :3], expected)
    assert not sheet[block:, 2 * 3 :, 3].any()


def test_a_filter_for_colour_images_is_grey_where_it_is_0_and_red_where_red_is_large():
    kernel = np.zeros((2, 2, 3, 2))
    kernel[0, 0, 0, 1], kernel[1, 1, 2, 1] = 0.5, -0.5
    sheet = color_sheet(kernel, 0.5, in_row=2)
    assert (sheet[:2, :2, :3] == 128).all()
    assert sheet[0, 3, :3].tolist() == [255, 128, 128]
    assert sheet[1, 4, :3].tolist() == [128, 128, 0]


@pytest.mark.parametrize("columns", [None, (0, 2, 5)])
def test_recorded_filters_are_those_of_the_kernel(tmp_path, kernels, timeline, columns):
    run = write_run(tmp_path, kernels, columns)
    read = read_recorded(run, timeline, "conv_1/kernel", VALUE)
    assert read.numbers.tolist() == list(columns or range(6))
    np.testing.assert_array_equal(read.values, kernels[..., read.numbers])


def test_checkpoints_hold_all_filters_and_the_change_begins_at_0(tmp_path, kernels):
    run = write_run(tmp_path, kernels, (0, 2))
    read = read_checkpoints(run, run.checkpoints, "conv_1/kernel", VALUE)
    np.testing.assert_array_equal(read.values, kernels)
    change = read_checkpoints(run, run.checkpoints, "conv_1/kernel", CHANGE)
    np.testing.assert_array_equal(change.values, kernels - kernels[0])


def test_one_scale_holds_for_all_steps_and_reaches_the_widest(tmp_path, kernels, timeline):
    run = write_run(tmp_path, kernels)
    limits = [
        read_recorded(run, timeline, "conv_1/kernel", VALUE).maps.limit,
        read_checkpoints(run, run.checkpoints, "conv_1/kernel", VALUE).maps.limit,
    ]
    widest = np.percentile(np.abs(kernels[2]), 99.5)
    assert limits == pytest.approx([widest, widest])


def test_thinned_rows_are_refused_for_they_hold_no_whole_filter(tmp_path, kernels, timeline):
    run = write_run(tmp_path, kernels, columns=(0, 1), rows=(0, 5, 7))
    with pytest.raises(ValueError, match="no whole filters"):
        read_recorded(run, timeline, "conv_1/kernel", VALUE)


@pytest.mark.parametrize("width", [340, 1280])
@pytest.mark.parametrize(("channels", "panels"), [(1, 1), (3, 2), (4, 1)])
def test_colours_are_shown_beside_the_slices_where_the_filters_look_at_colours(
    tmp_path, rng, timeline, width, channels, panels
):
    kernels = rng.normal(size=(3, 3, 3, channels, 40)).astype(np.float32)
    run = write_run(tmp_path, kernels)
    read = read_recorded(run, timeline, "conv_1/kernel", VALUE)
    chart = filter_montage(read, pair.Frame(["A run"], width, timeline)).to_dict()
    assert len(chart["vconcat"]) == panels
    assert all(panel["width"] <= width for panel in chart["vconcat"])
    assert "A run · step 0" in vl_convert.vegalite_to_svg(chart)


def test_a_later_kernel_with_three_input_channels_is_not_drawn_as_colours(tmp_path, rng):
    kernels = {f"conv_{k}/kernel": rng.normal(size=(3, 3, 3, 3)) for k in (1, 2)}
    layout = [runs.TensorInfo(name, kernel.shape).to_dict() for name, kernel in kernels.items()]
    writer = RunWriter(tmp_path)
    writer.describe(name="A run", status="finished", recording={"tensors": {"weights": layout}})
    writer.write_checkpoint(0, kernels)
    writer.close()
    run = runs.open_run(tmp_path)
    frame = pair.Frame(["A run"], 600, align([np.array([0])]))
    for name, panels in zip(kernels, (2, 1), strict=True):
        read = read_checkpoints(run, run.checkpoints, name, VALUE)
        assert len(filter_montage(read, frame).to_dict()["vconcat"]) == panels


@pytest.mark.parametrize("kept", [{}, {"conv_1/kernel": np.zeros((1, 1, 4, 6))}])
def test_a_checkpoint_of_another_network_is_named(tmp_path, kernels, kept):
    run = write_run(tmp_path, kernels)
    RunWriter(tmp_path).write_checkpoint(STEPS[1], {**kept, "other": np.zeros(3)})
    with pytest.raises(runs.RunError, match="at step 1 holds no 'conv_1/kernel'"):
        read_checkpoints(run, run.checkpoints, "conv_1/kernel", VALUE)


def test_weights_are_drawn_as_squares_of_whole_pixels(tmp_path, kernels, timeline):
    run = write_run(tmp_path, kernels)
    read = read_recorded(run, timeline, "conv_1/kernel", VALUE)
    (panel,) = filter_montage(read, pair.Frame(["A run"], 1000, timeline)).to_dict()["vconcat"]
    tall, wide = 4 * (3 + 1) - 1, 6 * (2 + 1) - 1
    assert panel["width"] % wide == 0
    assert panel["width"] // wide == panel["height"] / tall


def test_a_step_holds_a_picture_and_a_weight_that_is_none_is_said(tmp_path, kernels, timeline):
    kernels[1, 0, 0, 0, 0] = np.nan
    run = write_run(tmp_path, kernels)
    read = read_recorded(run, timeline, "conv_1/kernel", VALUE)
    words = json.dumps(filter_montage(read, pair.Frame(["A run"], 1000, timeline)).to_dict())
    assert words.count('"data:image/png') == len(STEPS)
    assert "1 not a number" in words


def test_of_a_large_kernel_only_so_many_checkpoints_are_read(tmp_path):
    shape = (3, 3, 512, 1024)
    layout = [runs.TensorInfo(name, shape).to_dict() for name in ("conv_1/kernel",)]
    layout.append(runs.TensorInfo("conv_2/kernel", (3, 3, 4, 8)).to_dict())
    writer = RunWriter(tmp_path)
    writer.describe(name="A run", status="finished", recording={"tensors": {"weights": layout}})
    for step in range(40):
        writer.write_checkpoint(step, {"other": np.zeros(1)})
    writer.close()
    run = runs.open_run(tmp_path)
    few = checkpoints_to_read(run, "conv_1/kernel")
    assert (few[0], few[-1]) == (0, 39)
    assert len(few) * np.prod(shape) <= MOST_READ
    assert checkpoints_to_read(run, "conv_2/kernel") == list(range(40))
