import io

import numpy as np
import pandas as pd
import pytest

from explorer.exports import tables
from explorer.exports.comparison import Comparison
from explorer.exports.csv_text import to_csv

KIND_SIZE = 36  # values of conv_1/kernel


def read(comparison, table):
    """Write a table as CSV and read it back as any other program does."""
    text = to_csv(tables.TABLES[table](comparison))
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=["NaN"])


def of_run(frame, letter, **where):
    rows = frame[frame["run"] == letter]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


@pytest.mark.parametrize("table", list(tables.TABLES))
def test_every_table_names_both_runs_and_runs_no_formula(comparison, table):
    frame = read(comparison, table)
    names = dict(frame[["run", "name"]].drop_duplicates().to_numpy().tolist())
    assert names == {"A": "'=1+1", "B": "Second"}


@pytest.mark.parametrize("kind", ["weights", "gradients", "updates"])
def test_distributions_are_the_histograms_of_the_run(comparison, kind):
    frame = read(comparison, "distributions")
    for letter, run in zip("AB", comparison.chosen, strict=True):
        rows = of_run(frame, letter, kind=kind)
        inside = rows[np.isfinite(rows["bin_left"]) & np.isfinite(rows["bin_right"])]
        left = np.unique(inside["bin_left"])
        edges = np.append(left, inside["bin_right"].max())
        steps = rows["step"].unique()
        counts, under, over = run.histograms(kind, "conv_1/kernel", edges, steps)
        np.testing.assert_allclose(
            inside["count"].to_numpy().reshape(len(steps), -1), counts, rtol=1e-12, atol=1e-12
        )
        np.testing.assert_allclose(rows[rows["bin_left"] == -np.inf]["count"], under, atol=1e-12)
        np.testing.assert_allclose(rows[rows["bin_right"] == np.inf]["count"], over, atol=1e-12)


def test_every_value_is_counted_and_the_broken_ones_apart(comparison):
    frame = read(comparison, "distributions")
    totals = frame.groupby(["run", "kind", "step"])["count"].sum()
    np.testing.assert_allclose(totals, KIND_SIZE)
    broken = frame[frame["bin_left"].isna() & frame["bin_right"].isna() & (frame["count"] > 0)]
    assert broken[["run", "kind", "step", "count"]].to_numpy().tolist() == [["A", "weights", 2, 3]]


def test_both_runs_have_the_same_bins(comparison):
    frame = read(comparison, "distributions")
    for kind in ("weights", "gradients"):
        first, second = (
            of_run(frame, letter, kind=kind, step=0)[["bin_left", "bin_right"]].to_numpy()
            for letter in "AB"
        )
        np.testing.assert_array_equal(first, second)


def test_steps_without_an_update_have_no_gradients(comparison):
    frame = read(comparison, "distributions")
    assert of_run(frame, "A", kind="weights")["step"].unique().tolist() == [0, 1, 2, 5]
    assert of_run(frame, "A", kind="gradients")["step"].unique().tolist() == [0, 1, 2]


def test_single_values_are_those_of_the_recording(comparison):
    frame = read(comparison, "values")
    for letter, run in zip("AB", comparison.chosen, strict=True):
        for kind in ("weights", "gradients"):
            rows = of_run(frame, letter, kind=kind)
            steps = rows["step"].unique()
            expected = run.values(kind, "conv_1/kernel", steps)
            np.testing.assert_array_equal(
                rows["value"].to_numpy(np.float32), expected.ravel().astype(np.float32)
            )
            places = (rows["row"] - 1) * 4 + rows["column"]
            assert np.array_equal(places, np.tile(range(1, 37), len(steps)))


def test_values_of_a_thinned_tensor_keep_their_places(comparison):
    frame = tables.values_table(Comparison(comparison.chosen, "dense_1/kernel"))
    run = comparison.chosen[0]
    info = run.tensors("weights")["dense_1/kernel"]
    assert not info.is_whole
    rows = of_run(frame, "A", kind="weights", step=1)
    matrix = np.full(info.matrix_shape, np.nan, np.float32)
    matrix[rows["row"] - 1, rows["column"] - 1] = rows["value"]
    np.testing.assert_array_equal(
        info.take(matrix), run.values("weights", "dense_1/kernel", [1])[0]
    )


def test_a_table_of_values_never_grows_without_end(comparison, monkeypatch):
    monkeypatch.setattr(tables, "MOST_VALUES", 2 * 2 * 36 * 3)
    frame = tables.values_table(comparison)
    assert len(frame) <= tables.MOST_VALUES
    assert of_run(frame, "A")["step"].unique().tolist() == [0, 1, 5]


def test_percentiles_go_from_the_smallest_to_the_largest_value(comparison):
    frame = read(comparison, "percentiles")
    run = comparison.chosen[0]
    for step in (0, 2):
        values = run.values("weights", "conv_1/kernel", [step])
        values = values[np.isfinite(values)]
        rows = of_run(frame, "A", kind="weights", step=step).set_index("percentile")["value"]
        assert rows.loc[0] == pytest.approx(values.min(), rel=1e-6)
        assert rows.loc[100] == pytest.approx(values.max(), rel=1e-6)
        assert rows.is_monotonic_increasing


def test_metrics_are_those_of_the_run_and_validations_have_no_learning_rate(comparison):
    frame = read(comparison, "metrics")
    for letter, run in zip("AB", comparison.chosen, strict=True):
        rows = of_run(frame, letter, part="training")
        expected = run.metrics().train
        assert rows["step"].tolist() == expected["step"].tolist()
        np.testing.assert_array_equal(rows["loss"].to_numpy(float), expected["loss"])
        validations = of_run(frame, letter, part="validation")
        assert validations["accuracy"].tolist() == [0.75]
        assert validations["learning_rate"].tolist() == [""]


def test_ratios_of_kernels_are_norms_over_norms(comparison):
    frame = read(comparison, "kernels")
    run = comparison.chosen[1]
    assert set(frame["tensor"]) == {"conv_1/kernel", "dense_1/kernel"}
    norms = [run.moments(kind, "conv_1/kernel", [1])["norm"][0] for kind in ("updates", "weights")]
    row = of_run(frame, "B", tensor="conv_1/kernel", step=1)
    assert float(row["update_ratio"].iloc[0]) == pytest.approx(norms[0] / norms[1])
    assert of_run(frame, "B", tensor="conv_1/kernel")["step"].tolist() == [0, 1, 3]


def test_what_the_table_of_kernels_says_is_what_the_verdict_rests_on(comparison):
    frame = read(comparison, "kernels")
    for letter, found in zip("AB", comparison.evidence, strict=True):
        for number, kernel in enumerate(found.kernels):
            rows = of_run(frame, letter, tensor=kernel)
            np.testing.assert_allclose(rows["update_ratio"], found.ratio[:, number])
            np.testing.assert_allclose(rows["gradient_zeros"], found.zeros[:, number])
            np.testing.assert_allclose(rows["gradient_norm"], found.gradient_norm[:, number])


def test_a_run_that_lacks_a_tensor_has_no_rows(write_run):
    first = write_run("First", [0, 1])
    second = write_run("Second", [0, 1], tensors={"dense_9/kernel": (4, 4)})
    pair = Comparison((first, second), "conv_1/kernel")
    assert set(tables.distributions_table(pair)["run"]) == {"A"}
    assert set(tables.values_table(pair)["run"]) == {"A"}


def test_nothing_recorded_is_said(write_run):
    runs = [write_run(name, [0], tensors={"conv_1/bias": (4,)}) for name in ("First", "Second")]
    with pytest.raises(ValueError, match="Choose another table"):
        tables.kernels_table(Comparison(tuple(runs)))
