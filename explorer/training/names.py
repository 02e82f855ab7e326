"""Names of layers and weights that are the same in every run of a network."""

from collections import Counter
from collections.abc import Iterable


def tensor_names(paths: Iterable[str], model_name: str) -> list[str]:
    """Turn Keras' variable paths into names that two runs of one network share.

    Keras puts the model's name, often numbered by itself (`sequential_2`), before the path of
    a weight. It goes. Paths that are alike are numbered in their order.

    >>> tensor_names(["sequential_2/conv_1/kernel", "sequential_2/conv_1/bias"], "sequential_2")
    ['conv_1/kernel', 'conv_1/bias']
    >>> tensor_names(["w", "w"], "model")
    ['w', 'w_2']
    """
    stripped = [path.removeprefix(f"{model_name}/") for path in paths]
    seen = Counter()
    names = []
    for name in stripped:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names
