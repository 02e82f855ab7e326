"""The same histograms, read by this project and by TensorBoard's loaders.

Each is called in a process of its own, so that TensorFlow and what is left in memory disturb
nobody; only reading is timed, not the start of the process and its libraries.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
LOADERS = ("explorer", "explorer_all_steps", "event_accumulator", "data_server")


def write_in_process(folder: Path):
    """Write the large run as event files."""
    _call(f"write({str(folder)!r})")


def read_in_process(folder: Path, tag: str, num_steps: int, loader: str) -> dict[str, float]:
    """Read until one tag's histograms are there.

    Args:
        folder: The run folder, or that of the event files.
        tag: Such as `"weights/conv_1/kernel"`.
        num_steps: How many steps were recorded.
        loader: One of `LOADERS`.

    Returns:
        `seconds`, seconds of the `processor`, and `mb` by which the loader grew.
    """
    return json.loads(_call(f"{loader}({str(folder)!r}, {tag!r}, {num_steps})"))


def _call(expression):
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": f"{HERE}:{HERE.parent}"}
    code = f"from comparing_peer import *; {expression}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=HERE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{expression} failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def write(folder: str):
    """Write one event a histogram, as `tf.summary.histogram` does, 30 buckets each."""
    import tensorflow as tf
    from comparing_data import large, tensors
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.histogram.summary_v2 import histogram_pb

    Path(folder).mkdir(parents=True)
    with tf.io.TFRecordWriter(f"{folder}/events.out.tfevents.1700000000.benchmark") as writer:
        writer.write(Event(wall_time=0, file_version="brain.Event:2").SerializeToString())
        for step, kinds in tensors(large()):
            for kind, named in kinds.items():
                for name, values in named.items():
                    summary = histogram_pb(f"{kind}/{name}", values)
                    event = Event(wall_time=step, step=step, summary=summary)
                    writer.write(event.SerializeToString())


def explorer(folder: str, tag: str, num_steps: int):
    """Time what the Compare page reads of one tensor: at most 240 steps, on shared bins."""
    from explorer import runs
    from explorer.charts.recorded import read_distribution
    from explorer.ui.compare_recordings import timeline_of

    kind, _, tensor = tag.partition("/")
    before = _spent()
    run = runs.open_run(folder)
    found = read_distribution([run], timeline_of([run], "step"), kind, tensor)
    _tell(before, found.histograms[0].counts, len(found.histograms[0].steps))


def explorer_all_steps(folder: str, tag: str, num_steps: int):
    """Time reading one tensor at every recorded step, on shared bins."""
    from explorer import runs
    from explorer.charts.domains import bin_edges
    from explorer.runs.steps import redraw

    kind, _, tensor = tag.partition("/")
    before = _spent()
    moments, knots = runs.open_run(folder).sketches(kind, tensor)
    edges = bin_edges(moments["minimum"].to_numpy(), moments["maximum"].to_numpy())
    _tell(before, redraw(moments, knots, edges)[0], num_steps)


def event_accumulator(folder: str, tag: str, num_steps: int):
    """Time the loader behind TensorBoard's own pages, keeping every step."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat import tf
    from tensorboard.util import tensor_util

    tf.io.gfile.exists(folder)  # loads TensorFlow, which is not what is timed
    before = _spent()
    loaded = EventAccumulator(folder, size_guidance={"tensors": 0})
    loaded.Reload()
    found = [tensor_util.make_ndarray(event.tensor_proto) for event in loaded.Tensors(tag)]
    _tell(before, found, num_steps)


def data_server(folder: str, tag: str, num_steps: int):
    """Time the loader in Rust that TensorBoard uses where it can, keeping every step."""
    import tensorboard_data_server
    from tensorboard.context import RequestContext
    from tensorboard.data.provider import RunTagFilter
    from tensorboard.data.server_ingester import ServerBinary, SubprocessServerDataIngester
    from tensorboard.util.grpc_util import ChannelCredsType

    binary = ServerBinary(tensorboard_data_server.server_binary(), None)
    before = _spent()
    server = SubprocessServerDataIngester(
        binary,
        folder,
        reload_interval=0,
        channel_creds_type=ChannelCredsType.LOCAL,
        samples_per_plugin={"histograms": 0},
    )
    server.start()
    found = []
    while len(found) < num_steps:
        answer = server.data_provider.read_tensors(
            RequestContext(),
            experiment_id="",
            plugin_name="histograms",
            downsample=num_steps,
            run_tag_filter=RunTagFilter(tags=[tag]),
        )
        found = [point.numpy for tags in answer.values() for point in tags.get(tag, ())]
        time.sleep(0.01)
    _tell(before, found, num_steps)


def _spent():
    process = psutil.Process()
    every = [process, *process.children(recursive=True)]
    return {
        "seconds": time.perf_counter(),
        "processor": sum(sum(one.cpu_times()[:2]) for one in every),
        "mb": sum(one.memory_info().rss for one in every) / 1e6,
    }


def _tell(before, found, num_steps):
    if len(found) != num_steps:
        raise RuntimeError(f"There are {len(found)} of {num_steps} histograms.")
    print(json.dumps({name: value - before[name] for name, value in _spent().items()}))
