"""Configurations of networks as Keras saves them, made by hand."""

import copy

POLICY = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}


def layer(class_name, module="keras.layers", **config):
    return {
        "module": module,
        "class_name": class_name,
        "config": {"dtype": POLICY, **config},
        "registered_name": None,
    }


def sequential(*layers, shape=(None, 8, 8, 3)):
    start = layer("InputLayer", batch_shape=list(shape), name="images")
    config = {"name": "network", "layers": [start, *copy.deepcopy(list(layers))]}
    return {"module": "keras", "class_name": "Sequential", "config": config}


def functional(*entries, outputs):
    config = {"name": "network", "layers": copy.deepcopy(list(entries)), "output_layers": outputs}
    config["input_layers"] = [entries[0]["name"], 0, 0]
    module = "keras.src.models.functional"
    return {
        "module": module,
        "class_name": "Functional",
        "config": config,
        "registered_name": "Functional",
    }


def tensor(name, node=0, place=0):
    """Point to what a layer puts out."""
    where = {"shape": [None, 8, 8, 3], "dtype": "float32", "keras_history": [name, node, place]}
    return {"class_name": "__keras_tensor__", "config": where}


def used(entry, name, *sources):
    """Give a layer its place in a functional network, once for every tensor that it takes."""
    nodes = [{"args": [source], "kwargs": {}} for source in sources]
    return {**entry, "name": name, "inbound_nodes": nodes}
