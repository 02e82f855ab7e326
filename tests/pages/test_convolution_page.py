"""The page Convolution, opened from the entry script."""

import io
import json
import shutil
import time

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from explorer import runs
from explorer.paths import PROJECT
from explorer.ui.convolution_numbers import CHAINS


@pytest.fixture
def bundled(monkeypatch, prepared_cache):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(PROJECT / "checkpoints"))
    monkeypatch.setenv("EXPLORER_CACHE", str(prepared_cache))


def test_it_opens_on_a_kernel_at_work_without_a_run(root, open_page):
    page = open_page("convolution")
    assert not page.exception
    assert page.get("vega_lite_chart")
    assert any("cross-correlation" in one.value for one in page.markdown)


def test_the_formula_has_the_numbers_put_in(root, open_page):
    page = open_page("convolution")
    page.number_input(key="convolution_stride").set_value(2)
    page.number_input(key="convolution_dilation").set_value(2).run()
    formula = page.latex[0].value
    assert r"\frac{9 + 0 - 2 \cdot (3 - 1) - 1}{2} \right\rfloor + 1" in formula
    assert "&= 3 " in formula


def test_a_kernel_larger_than_the_image_is_told(root, open_page):
    page = open_page("convolution")
    page.slider(key="convolution_size").set_value(4)
    page.number_input(key="convolution_kernel_size").set_value(7).run()
    assert not page.exception
    assert "The kernel has 7 rows, the image has 4" in page.info[0].value
    assert "nothing comes out" in page.info[0].value


def test_the_learned_numbers_are_compared(root, open_page):
    page = open_page("convolution")
    told = next(one.value for one in page.markdown if one.value.startswith("Convolution: "))
    assert "**448**" in told
    assert "**50,348,032**" in told


def test_without_runs_it_says_where_to_get_one(root, open_page):
    page = open_page("convolution", state={"convolution_kernel_from": "run"})
    assert not page.exception
    assert "No run has filters" in page.info[0].value


def test_keras_computes_the_same_when_asked(root, open_page):
    page = open_page("convolution")
    page.button(key="check_window").click().run()
    for _ in range(120):
        if any("own layer" in one.value for one in page.caption):
            break
        time.sleep(0.5)
        page.run()
    told = next(one.value for one in page.caption if "own layer" in one.value)
    assert "the same 49 sums" in told
    assert float(told.split("**")[1]) < 1e-5


def test_every_chain_of_layers_can_be_shown(root, open_page):
    page = open_page("convolution")
    for name in CHAINS:
        page.selectbox(key="convolution_layers").set_value(name).run()
        assert not page.exception


def test_the_network_of_a_run_is_counted(bundled, open_page):
    page = open_page("convolution")
    network = next(one for one in runs.list_runs() if one.id == "characters-adequate")
    page.selectbox(key="convolution_numbers_run").set_value(network.id).run()
    table = page.dataframe[-1].value
    learned = [int(text.replace(",", "")) for text in table["Learned"]]
    shapes = network.tensors("weights")
    expected = [
        shapes[f"{name}/kernel"].size + shapes[f"{name}/bias"].size for name in table["Layer"]
    ]
    assert learned == expected
    assert table["A dense layer instead"][0] == f"{32**2 * 3 * 32**2 * 16 + 32**2 * 16:,}"


def test_a_layer_without_biases_is_counted_without_and_says_so(bundled, open_page):
    page = open_page("convolution", numbers_run="photographs")
    table = page.dataframe[-1].value
    assert table["Learned"][0] == f"{3**2 * 3 * 32:,}"
    assert table["A dense layer instead"][0] == f"{32**2 * 3 * 32**2 * 32:,}"
    assert any(one.value.startswith("conv_1, conv_2") for one in page.caption)


def test_filters_without_biases_are_counted_and_explained_without(bundled, open_page):
    page = open_page(
        "convolution",
        kernel_from="run",
        run="photographs",
        volume="run",
        volume_run="photographs",
    )
    told = [one.value for one in page.caption]
    assert any("3 × 3 × 3 × 2 weights and no biases: 54 numbers" in one for one in told)
    assert any("leaves biases out in this layer: nothing is added" in one for one in told)
    assert any("**No bias**" in one.value for one in page.markdown)
    assert not any("**Bias" in one.value for one in page.markdown)


def test_a_formula_that_comes_to_less_than_a_row_says_what_that_means(root, open_page):
    page = open_page("convolution", kernel_size="7", dilation="4", stride="2")
    assert r"&= -7 \text{, below 1: nothing comes out}" in page.latex[0].value


def test_filters_of_a_run_slide_over_its_own_images(bundled, open_page):
    state = {
        "convolution_image": "run",
        "convolution_kernel_from": "run",
        "convolution_volume": "run",
    }
    page = open_page("convolution", state=state)
    assert not page.exception
    assert len(page.get("vega_lite_chart")) >= 4
    box = page.multiselect[0]
    box.set_value([]).run()
    assert any("Choose a filter" in one.value for one in page.info)


def test_without_runs_in_colour_it_says_where_to_get_one(root, open_page):
    page = open_page("convolution", state={"convolution_volume": "run"})
    assert not page.exception
    assert any("No run looks at images in colour" in one.value for one in page.info)


@pytest.mark.parametrize("damaged", ["probe.safetensors", "weights"])
def test_a_damaged_run_is_told_in_a_line(root, open_page, damaged):
    run = root / "characters-dense"
    shutil.copytree(PROJECT / "checkpoints" / "characters-adequate", run)
    path = run / damaged
    for file in [path] if path.is_file() else path.glob("*"):
        file.write_bytes(b"x")
    state = {
        "convolution_image": "run",
        "convolution_kernel_from": "run",
        "convolution_volume": "run",
    }
    page = open_page("convolution", state=state)
    assert not page.exception
    assert page.error


def test_weights_that_are_no_numbers_are_told(root, open_page):
    run = root / "characters-adequate"
    shutil.copytree(PROJECT / "checkpoints" / "characters-adequate", run)
    for path in (run / "weights").glob("*.safetensors"):
        lost = {name: np.full_like(of, np.nan) for name, of in load_file(path).items()}
        save_file(lost, path)
    state = {"convolution_kernel_from": "run", "convolution_volume": "run"}
    page = open_page("convolution", state=state)
    assert not page.exception
    told = [one.value for one in page.error]
    assert len(told) == 2
    assert all("are not all numbers" in one for one in told)


def test_each_choice_is_explained_in_sight(root, open_page):
    told = "\n".join(
        one.value
        for one in open_page(
            "convolution", stride="2", padding="same", dilation="2", bias="1.5", activation="relu"
        ).markdown
    )
    for words in (
        "**Bias 1.5**: added to every sum",
        "**Stride 2**: the window moves on by 2 cells at a time",
        "**Padding same**: around the image, outside the dashed line, lies a border",
        "**Dilation 2**: the cells of the window lie 2 apart: with as many numbers it spans 5 x 5",
        "**Activation function relu**: what is below 0 becomes 0",
    ):
        assert words in told


def test_a_bias_out_of_range_is_told_with_what_is_used(root, open_page):
    page = open_page("convolution")
    page.number_input(key="convolution_bias").set_value(-5e9).run()
    assert (
        "Bias -5,000,000,000: it takes a number from -1,000,000 to 1,000,000"
        in page.warning[0].value
    )
    assert page.query_params["bias"] == "-1000000"


def test_pooling_says_what_becomes_of_the_whole_block(root, open_page):
    told = [one.value for one in open_page("convolution").caption]
    assert "Done with every feature map, 7 × 7 × 2 numbers become 3 × 3 × 2." in told
    assert sum("The last row and the last column are never" in one for one in told) == 1


def test_a_stride_that_skips_the_end_says_so(root, open_page):
    page = open_page("convolution", stride="4")
    told = "\n".join(one.value for one in page.caption)
    assert "The last 2 rows and as many columns are never looked at" in told
    assert "A row and a column before the last one looked at are skipped: a step of 4" in told


def test_an_odd_number_of_border_cells_is_told(root, open_page):
    page = open_page("convolution", kernel_size="2", padding="same")
    told = "\n".join(one.value for one in page.caption)
    assert "p = 1 that of the borders (0 before, 1 after)" in told
    assert "the end gets one more" in told


def test_a_picture_in_colour_slides_by_channel_and_all_at_once(root, open_page):
    page = open_page("convolution", picture="Colours")
    assert [one.value for one in page.segmented_control if one.key == "convolution_channel"] == [
        "grey"
    ]
    spec = json.dumps(json.loads(page.get("vega_lite_chart")[0].proto.spec))
    page.segmented_control(key="convolution_channel").set_value("green").run()
    changed = json.dumps(json.loads(page.get("vega_lite_chart")[0].proto.spec))
    assert "Grey, 9 x 9" in spec
    assert "Green, 9 x 9" in changed
    assert any("all its channels at once" in one.value for one in page.caption)


def test_a_pooling_window_larger_than_the_map_is_told(root, open_page):
    page = open_page("convolution", picture="Colours", size="4", pooling_size="4")
    assert not page.exception
    assert any("The pooling window has 4 rows, the map has 2" in one.value for one in page.info)


def png(size, color):
    buffer = io.BytesIO()
    Image.new("1" if color is None else "RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"these are words", "the content is not a PNG"),
        (b"", "the file is empty"),
        (png((12_000, 12_000), None), "make it smaller"),
        (png((64, 64), (9, 9, 9))[:60], "damaged or cut short"),
    ],
    ids=["words", "nothing", "megapixels", "cut"],
)
def test_a_file_that_cannot_be_shown_is_told(root, open_page, content, told):
    page = open_page("convolution", image="upload")
    page.file_uploader[0].set_value(("![x](y).png", content, "image/png")).run()
    assert not page.exception
    assert told in page.error[0].value
    assert "![x]" not in page.error[0].value


def test_a_single_pixel_in_colour_can_be_shown(root, open_page):
    page = open_page("convolution", image="upload", pixels="1", kernel_size="1")
    page.file_uploader[0].set_value(("dot.png", png((1, 1), (255, 0, 0)), "image/png")).run()
    assert not page.exception
    assert not page.error
    page.segmented_control(key="convolution_channel").set_value("red").run()
    assert "Red, 1 x 1" in page.get("vega_lite_chart")[0].proto.spec
