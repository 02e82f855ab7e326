"""Event files as TensorBoard and PyTorch write them, without either and without TensorFlow."""

import struct
from pathlib import Path

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

NAME = "events.out.tfevents.1700000000.machine.1.0.v2"


def framed(content, length=None):
    """Frame a record; `length` may lie."""
    head = struct.pack("<Q", len(content) if length is None else length)
    crc = struct.pack("<I", masked_crc32c(head))
    return head + crc + content + struct.pack("<I", masked_crc32c(content))


def record(step, *values):
    summary = summary_pb2.Summary(value=list(values))
    return framed(event_pb2.Event(step=step, summary=summary).SerializeToString())


def scalar(tag, value):
    """Give a number as TensorFlow 2 writes it."""
    one = summary_pb2.Summary.Value(tag=tag)
    one.metadata.plugin_data.plugin_name = "scalars"
    one.tensor.dtype = 1
    one.tensor.float_val.append(value)
    return one


def old_scalar(tag, value):
    """Give a number as PyTorch and TensorFlow 1 write it."""
    return summary_pb2.Summary.Value(tag=tag, simple_value=value)


def histogram(tag, buckets, shape=None):
    """Give a histogram as TensorFlow 2 writes it."""
    one = summary_pb2.Summary.Value(tag=tag)
    one.metadata.plugin_data.plugin_name = "histograms"
    one.tensor.dtype = 2
    for length in np.shape(buckets) if shape is None else shape:
        one.tensor.tensor_shape.dim.add(size=length)
    one.tensor.tensor_content = np.asarray(buckets, "<f8").tobytes()
    return one


def buckets_of(values, num=30):
    values = np.asarray(values, float)
    counts, edges = np.histogram(values, num)
    return np.column_stack([edges[:-1], edges[1:], counts])


def old_histogram(tag, values, num=30):
    """Give a histogram as PyTorch writes it: with sums of all values beside the buckets."""
    values = np.asarray(values, float)
    counts, edges = np.histogram(values, num)
    one = summary_pb2.Summary.Value(tag=tag)
    one.histo.min, one.histo.max, one.histo.num = values.min(), values.max(), values.size
    one.histo.sum, one.histo.sum_squares = values.sum(), (values**2).sum()
    one.histo.bucket_limit.extend(edges[1:])
    one.histo.bucket.extend(counts)
    return one


def write(folder, records, name=NAME):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    first = framed(event_pb2.Event(file_version="brain.Event:2").SerializeToString())
    (folder / name).write_bytes(first + b"".join(records))
    return folder


def keras_log(folder, epochs=6, updates=5):
    """Write what Keras' callback writes of a small training; returns the weights it tells of."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(scale=1 + epoch, size=400) for epoch in range(epochs)]
    train, validation = [], []
    for epoch, values in enumerate(weights):
        for batch in range(epoch * updates + 1, (epoch + 1) * updates + 1):
            train.append(record(batch, scalar("batch_loss", 3 / batch)))
        train.append(record(epoch, scalar("epoch_loss", 2 / (epoch + 1))))
        train.append(record(epoch, scalar("epoch_learning_rate", 0.1)))
        named = histogram("net/conv_1/kernel/histogram", buckets_of(values))
        train.append(record(epoch, named, histogram("net/out/bias/histogram", buckets_of([1, 2]))))
        done = (epoch + 1) * updates
        told = scalar("evaluation_loss_vs_iterations", 1 / (epoch + 1))
        validation.append(record(done, told))
        validation.append(record(epoch, scalar("epoch_accuracy", 0.1 * epoch)))
        validation.append(record(epoch, scalar("epoch_loss", 1 / (epoch + 1))))
    write(Path(folder) / "train", train)
    write(Path(folder) / "validation", validation)
    return weights
