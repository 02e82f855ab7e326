"""The flight recorder: a Keras callback that writes a run folder while `fit` runs."""

import time
from pathlib import Path

import keras
import numpy as np

from explorer.runs import files, sketch, tensors
from explorer.runs.lock import writer_lock
from explorer.runs.write import RunWriter
from explorer.training import schedule
from explorer.training.cost import thin
from explorer.training.environment import describe_environment
from explorer.training.hooks import ProbeHook, StepHook, answering_layers
from explorer.training.names import tensor_names
from explorer.training.spec import Recording


class Recorder(keras.callbacks.Callback):
    """Record weights, gradients, updates, activations and metrics of a training.

    Use it with any Keras model on the TensorFlow backend:
    `model.fit(..., callbacks=[Recorder("checkpoints/my-run")])`.

    Recorded step `s` holds the weights after `s` updates, the gradients of the next update and
    the change it made; the final step holds the weights alone. Steps 0 to 32 are all recorded,
    later ones ever more rarely, see `Recording`.

    Args:
        folder: Where to write; must not hold a run yet, unless `initial_step` is given.
        recording: How densely to record, and how much of large tensors.
        probe: Images and labels on which activations are recorded, or `None` for none.
            (images, height, width, channels) and (images,)
        about: Entries for `run.json`, such as `name` or `data`.
        initial_step: Updates done so far by a training that is continued.
        planned_steps: Updates of the whole training, when `fit` cannot know them.

    Raises:
        ValueError: The folder holds a run already.
        OSError: The disk is full or not writable. What was written stays readable.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        recording: Recording | None = None,
        probe: tuple[np.ndarray, np.ndarray] | None = None,
        about: dict | None = None,
        initial_step: int | None = None,
        planned_steps: int | None = None,
    ):
        super().__init__()
        folder = Path(folder)
        if initial_step is None and (folder / files.METRICS).exists():
            raise ValueError(
                f"{str(folder)!r} holds a run already. Record into another folder, or delete it."
            )
        self.folder = folder
        self._recording = recording or Recording()
        self._probe_data = probe
        self._about = about or {}
        self.step = initial_step or 0
        self._planned_steps = planned_steps
        self.step_seconds = []
        self._bytes = 0
        self._layout = {}

    def on_train_begin(self, logs=None):
        self._writer = RunWriter(self.folder)
        self._lock = writer_lock(self.folder)
        self._lock.acquire(timeout=10)
        self._epoch, self._is_recording, self._is_built = 0, False, False
        self._plan()
        self._hook = StepHook(self.model, self._when_built)
        self._hook.attach()
        self._last_end = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._totals = {}

    def on_train_batch_begin(self, batch, logs=None):
        self._first_batch = batch
        self._is_recording = self._wants(self.step)
        if self._is_recording:
            self.step_seconds.append(0.0)
            with self._timed():
                self._hook.want_gradients(True)
                if self._is_built:
                    self._collect_before()

    def on_train_batch_end(self, batch, logs=None):
        seconds = time.perf_counter() - self._last_end
        self._last_end += seconds
        self._writer.add_metrics(
            step=self.step, epoch=self._epoch, **self._scalars(logs or {}), seconds=seconds
        )
        if self._is_recording:
            with self._timed():
                self._record_update()
                self._hook.want_gradients(False)
        self.step += batch - self._first_batch + 1

    def on_epoch_end(self, epoch, logs=None):
        values = {key: value for key, value in (logs or {}).items() if key.startswith("val_")}
        if "val_loss" in values:
            accuracy = _accuracy(values)
            known = {} if accuracy is None else {"val_accuracy": accuracy}
            self._writer.add_metrics(
                step=self.step, epoch=epoch, val_loss=float(values["val_loss"]), **known
            )

    def on_train_end(self, logs=None):
        self.step_seconds.append(0.0)
        with self._timed():
            weights = self._read_weights()
            collected = self._collect("weights", weights) | self._collect_activations()
            self._bytes += self._writer.write_step(self.step, collected)
            self._write_checkpoint()
        self._hook.detach()
        done = not self._planned_steps or self.step >= self._planned_steps
        self._writer.describe(
            status="finished" if done else "stopped",
            recording=self._describe_recording(),
            done_steps=self.step,
        )
        self._writer.close()
        self._lock.release()

    def _when_built(self):
        self._is_built = True
        self._probe = self._make_probe()
        self._weights = list(self.model.weights)
        self._weight_names = tensor_names([v.path for v in self._weights], self.model.name)
        self._writer.describe(**self._about, **self._description(), status="running")
        if self._is_recording:
            self._collect_before()

    def _collect_before(self):
        self._before = self._read_weights()
        self._collected = self._collect("weights", self._before) | self._collect_activations()

    def _plan(self):
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        if self._planned_steps is None and steps and epochs:
            self._planned_steps = self.step + steps * epochs
        if self._planned_steps:
            chosen = schedule.recorded_steps(self._planned_steps, self._recording)
            self._checkpoints = set(
                schedule.checkpoint_steps(self._planned_steps, self._recording).tolist()
            )
            self._chosen = set(chosen.tolist())
        else:
            self._chosen, self._checkpoints = None, None

    def _wants(self, step):
        if self._chosen is None:
            return schedule.is_recorded(step, self._recording)
        return step in self._chosen

    def _make_probe(self):
        if self._probe_data is None:
            return None
        images, labels = (part[: self._recording.probe_images] for part in self._probe_data)
        self._writer.write_probe(images, labels)
        return ProbeHook(self.model, images, answering_layers(self.model))

    def _read_weights(self):
        values = (variable.value.numpy() for variable in self._weights)
        return dict(zip(self._weight_names, values, strict=True))

    def _collect(self, kind, named, most_values=None):
        """Sketch and sample tensors of one kind, in a fixed order, for the step's file."""
        infos = self._infos(kind, named, most_values)
        sketches = [sketch.sketch(named[info.name]) for info in infos]
        samples = [info.take(named[info.name]).ravel() for info in infos]
        knots = [
            item.knots for item, info in zip(sketches, infos, strict=True) if not info.is_whole
        ]
        return {
            f"{kind}.moments": np.stack([item.moments for item in sketches]),
            f"{kind}.knots": np.array(knots, np.float32).reshape(-1, sketch.KNOTS),
            f"{kind}.values": np.concatenate(samples),
        }

    def _infos(self, kind, named, most_values):
        if kind not in self._layout:
            most_values = most_values or self._recording.values_per_tensor
            self._layout[kind] = [
                tensors.plan(name, np.shape(value), most_values) for name, value in named.items()
            ]
        return self._layout[kind]

    def _collect_activations(self):
        if self._probe is None:
            return {}
        outputs, active, final = self._probe()
        few = thin(self._recording)
        return {
            **self._collect("activations", outputs, few),
            "activations.active": np.concatenate([active[name] for name in outputs]),
            "probe.output": final,
        }

    def _record_update(self):
        collected = self._collected
        gradients = self._hook.gradients()
        missing = {name: np.full_like(self._before[name], np.nan) for name in gradients}
        gradients = {
            name: missing[name] if value is None else value for name, value in gradients.items()
        }
        if gradients:
            collected |= self._collect("gradients", gradients)
            after = self._read_weights()
            updates = {name: after[name] - self._before[name] for name in self._hook.names}
            few = thin(self._recording)
            collected |= self._collect("updates", updates, few)
        is_first = not self._bytes
        self._bytes += self._writer.write_step(self.step, collected)
        if self._wants_checkpoint():
            self._write_checkpoint(self._before)
        if is_first:
            self._writer.describe(recording=self._describe_recording())

    def _wants_checkpoint(self):
        if self._checkpoints is not None:
            return self.step in self._checkpoints
        return self.step == 0 or self.step.bit_count() == 1

    def _write_checkpoint(self, weights=None):
        weights = self._read_weights() if weights is None else weights
        self._bytes += self._writer.write_checkpoint(self.step, weights)

    def _scalars(self, logs):
        scalars = self._hook.scalars()
        if not self._hook.sees_loss:
            scalars["loss"] = float(logs.get("loss", np.nan))
        accuracy = _accuracy(self._batch_means() or logs)
        return scalars if accuracy is None else scalars | {"accuracy": accuracy}

    def _batch_means(self):
        """Undo Keras' running means: what this batch alone added to each metric."""
        means = {}
        for metric in _mean_metrics(self.model):
            total, count = (float(v.value.numpy()) for v in (metric.total, metric.count))
            total_before, count_before = self._totals.get(metric.name, (0.0, 0.0))
            if count > count_before:
                means[metric.name] = (total - total_before) / (count - count_before)
            self._totals[metric.name] = (total, count)
        return means

    def _description(self):
        return {
            "network": _describe_network(self.model),
            "optimizer": _describe_optimizer(self.model.optimizer),
            "environment": describe_environment(),
            "planned_steps": self._planned_steps,
            "steps_per_execution": self.model.steps_per_execution,
            "recording": self._describe_recording(),
        }

    def _describe_recording(self):
        return {
            "policy": vars(self._recording),
            "tensors": {
                kind: [info.to_dict() for info in infos] for kind, infos in self._layout.items()
            },
            "seconds": round(sum(self.step_seconds), 3),
            "bytes": self._bytes,
        }

    def _timed(self):
        return _Stopwatch(self)


class _Stopwatch:
    def __init__(self, recorder):
        self._recorder = recorder

    def __enter__(self):
        self._start = time.perf_counter()

    def __exit__(self, *_):
        self._recorder.step_seconds[-1] += time.perf_counter() - self._start


def _accuracy(values):
    for name, value in values.items():
        if "acc" in name:
            return float(value)
    return None


def _mean_metrics(model):
    for metric in model.metrics:
        for part in getattr(metric, "metrics", None) or [metric]:
            if isinstance(part, keras.metrics.Mean) and "acc" in part.name:
                yield part


def _describe_network(model):
    description = {
        "class": type(model).__name__,
        "parameters": sum(int(np.prod(variable.shape)) for variable in model.weights),
    }
    try:
        return description | {"keras": model.to_json()}
    except (NotImplementedError, TypeError, ValueError) as error:
        return description | {"keras": None, "why_not": str(error)}


def _describe_optimizer(optimizer):
    config = keras.saving.serialize_keras_object(optimizer)
    return {"class": config["class_name"], "config": config["config"]}
