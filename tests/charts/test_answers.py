import pandas as pd

from explorer.charts import palette
from explorer.charts.answers import ROW_PIXELS, best_classes

BEST = pd.DataFrame({"name": ["owl", "*pip*", "anvil"], "share": [0.7, 0.2, 0.1]})


def test_every_class_has_a_row_of_its_own_best_first():
    spec = best_classes(BEST).to_dict()
    assert spec["height"] == 3 * ROW_PIXELS
    assert all(layer["encoding"]["y"]["sort"] is None for layer in spec["layer"])
    assert all(layer["encoding"]["x"]["scale"] == {"domain": [0, 1]} for layer in spec["layer"])


def test_the_numbers_are_legible_on_light_and_on_dark():
    (words,) = [
        layer for layer in best_classes(BEST).to_dict()["layer"] if layer["mark"]["type"] == "text"
    ]
    assert words["mark"]["color"] == palette.TEXT
