"""The flight recorder: a Keras callback that writes a run folder while `fit` runs."""

import time
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from explorer.runs import description, files
from explorer.runs.lock import writer_lock
from explorer.runs.read import open_run
from explorer.runs.write import RunWriter
from explorer.training.background import Background
from explorer.training.collect import Collector
from explorer.training.cost import thin
from explorer.training.describe import accuracy_of, describe_model
from explorer.training.environment import describe_environment
from explorer.training.hooks import StepHook, value_of
from explorer.training.interruption import close_later
from explorer.training.names import tensor_names
from explorer.training.probe import ProbeHook, answering_layers
from explorer.training.probe_data import first_of, images_and_classes, read_probe
from explorer.training.schedule import Plan
from explorer.training.spec import Recording
from explorer.training.step_lines import StepLines, seen_scalars
from explorer.training.thinning import MOST_BYTES, thinned, what_was_thinned


class Recorder(keras.callbacks.Callback):
    """Record weights, gradients, updates, activations and metrics of a training.

    Use it with any Keras model on the TensorFlow backend:
    `model.fit(..., callbacks=[Recorder("checkpoints/my-run")])`.

    Recorded step `s` holds the weights after `s` updates, the gradients of the next update and
    the change it made; the final step holds the weights alone. Steps 0 to 32 are all recorded,
    later ones ever more rarely, see `Recording`. Of steps that Keras executes together
    (`steps_per_execution`) the first is recorded, with the change that all of them made.

    Args:
        folder: Where to write; must not hold a run yet, unless `initial_step` is given.
        recording: How densely to record, and how much of large tensors. By default as densely as
            the explorer's own trainings, or so much less that `most_bytes` are hardly exceeded;
            what was thinned is written to `run.json`, and shown.
        probe: Images and labels on which activations are recorded, or `None` for none.
            (images, height, width, channels) and (images,); labels may also be one-hot, or a
            column. For a model with several inputs a list or dict of arrays, as it takes them;
            activations are recorded then, but no images to show.
        about: Entries for `run.json`, such as `name` or `data`.
        initial_step: Updates done so far by a training that is continued. What the folder holds
            of later ones is forgotten.
        planned_steps: Updates of the whole training, when `fit` cannot know them.
        most_bytes: How large a run may become where `recording` is not given.

    Raises:
        ValueError: The folder holds a run already, or an argument cannot be recorded.
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
        most_bytes: int = MOST_BYTES,
    ):
        super().__init__()
        folder = Path(folder)
        if initial_step is None and (folder / files.METRICS).exists():
            raise ValueError(
                f"{str(folder)!r} holds a run already. Record into another folder, or delete it."
            )
        if problem := description.problem(about or {}):
            raise ValueError(f"about cannot be written: {problem}")
        self.folder = folder
        self._recording, self._thinned = recording or Recording(), {}
        self._most_bytes = most_bytes if recording is None else None
        self._probe_data = None if probe is None else read_probe(probe)
        self._about = about or {}
        self.step = initial_step or 0
        self._is_continued = initial_step is not None
        self._given_steps = planned_steps
        self._seconds_before = 0.0
        self._collector = Collector(self._recording.values_per_tensor)

    def on_train_begin(self, logs=None):
        self._writer = RunWriter(self.folder)
        self._lock = writer_lock(self.folder)
        self._lock.acquire(timeout=10)
        self._background = Background()
        self._lines = StepLines(self._writer)
        self._closer = close_later(
            self, self._writer, self._lock, self._lines.write, self._background.wait
        )
        self._epoch, self._is_recording, self._is_built, self._is_told = 0, False, False, False
        self.step_seconds = []
        self._go_on()
        self._make_plan()
        self._hook = StepHook(self.model, self._when_built)
        self._hook.attach()
        self._last_end = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._lines.restart_epoch()

    def on_train_batch_begin(self, batch, logs=None):
        self._together = self._steps_together(batch)
        self._is_recording = any(map(self._plan.records, self._together))
        if self._is_recording:
            self.step_seconds.append(0.0)
            with self._timed():
                self._hook.forget_gradients()
                if self._is_built:
                    self._look_before()

    def on_train_batch_end(self, batch, logs=None):
        seconds = time.perf_counter() - self._last_end
        self._last_end += seconds
        told = {"step": self.step, "epoch": self._epoch, "seconds": round(seconds, 4)}
        self._lines.add(seen_scalars(self._hook, self.model, logs or {}), logs or {}, **told)
        if not self._is_built:  # no update was seen: the weights before the first one are gone
            self._is_recording = False
            self._hook.look_at_weights()
        if self._is_recording:
            with self._timed():
                gradients, after = self._look_after()
            is_checkpoint = any(map(self._plan.keeps_all, self._together))
            self._record(gradients, after, is_checkpoint=is_checkpoint)
        self.step = self._together.stop

    def on_epoch_end(self, epoch, logs=None):
        values = {key: value for key, value in (logs or {}).items() if key.startswith("val_")}
        if values:
            accuracy = accuracy_of(values)
            known = {} if accuracy is None else {"val_accuracy": accuracy}
            self._lines.write()
            self._writer.add_metrics(
                step=self.step, epoch=epoch, val_loss=float(values.get("val_loss", np.nan)), **known
            )

    def on_train_end(self, logs=None):
        self._lines.write()
        self._hook.detach()
        if self._is_built:
            self.step_seconds.append(0.0)
            with self._timed():
                self._look_before()
            self._record({}, None, is_checkpoint=True)
        self._background.end()
        done = not self._planned_steps or self.step >= self._planned_steps
        self._writer.describe(
            status="finished" if done else "stopped",
            recording=self._describe_recording(),
            done_steps=self.step,
        )
        self._closer.detach()
        self._writer.close()
        self._lock.release()

    def settle(self) -> None:
        """Wait until all metrics and all recorded steps are on the disk.

        Raises:
            OSError: The disk is full or not writable.
        """
        self._lines.write()
        self._background.wait()

    def _go_on(self):
        """Keep what the earlier part of a continued training recorded, and what that cost."""
        if self._is_continued:
            self._writer.drop_after(self.step)
            self._is_continued = False  # a second `fit` goes on from the end of the first
        if not self.step or not (self.folder / files.RUN).exists():
            return
        before = open_run(self.folder).recording
        self._collector = Collector(self._recording.values_per_tensor, before.get("tensors"))
        self._seconds_before = before.get("seconds") or 0.0

    def _steps_together(self, batch):
        """Return the steps executed until Keras calls back; an epoch's last ones may be fewer."""
        count = self.model.steps_per_execution
        if steps := self.params.get("steps"):
            count = min(count, steps - batch)
        return range(self.step, self.step + count)

    def _when_built(self):
        self._is_built = True
        self._weights = list(self.model.weights)
        if self._most_bytes is not None:
            self._thin()
        self._probe = self._make_probe()
        self._weight_names = tensor_names([v.path for v in self._weights], self.model.name)
        self._writer.describe(**self._about, **self._description(), status="running")
        if self._is_recording:
            self._look_before()

    def _look_before(self):
        self._before = self._read_weights()
        self._answers = None if self._probe is None else self._probe()

    def _make_plan(self):
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        self._planned_steps = self._given_steps
        if self._given_steps is None and steps and epochs:
            self._planned_steps = self.step + steps * epochs
        self._plan = Plan(self._recording, self._planned_steps)

    def _thin(self):
        """Record less of a large network; what is recorded already stays as it is."""
        trainable = [tuple(variable.shape) for variable in self.model.trainable_variables]
        others = [tuple(variable.shape) for variable in self.model.non_trainable_variables]
        recording = thinned(
            self._recording, trainable, others, self._planned_steps, self._most_bytes
        )
        self._thinned = what_was_thinned(self._recording, recording) or self._thinned
        self._recording = recording
        self._plan = Plan(recording, self._planned_steps)
        self._collector = Collector(recording.values_per_tensor, self._collector.to_dict())

    def _make_probe(self):
        if self._probe_data is None:
            return None
        most = self._recording.probe_images
        inputs, labels = (first_of(part, most) for part in self._probe_data)
        if (shown := images_and_classes(inputs, labels)) is not None:
            self._writer.write_probe(*shown)
        return ProbeHook(self.model, inputs, answering_layers(self.model))

    def _read_weights(self):
        values = map(value_of, self._weights)
        return dict(zip(self._weight_names, values, strict=True))

    def _look_after(self):
        gradients = self._hook.gradients()
        gradients = {
            name: np.full_like(self._before[name], np.nan) if value is None else value
            for name, value in gradients.items()
        }
        return gradients, self._read_weights() if gradients else None

    def _record(self, gradients, after, *, is_checkpoint):
        """Have the step written while the next ones are computed."""
        place = len(self.step_seconds) - 1
        looked = (self.step, self._before, self._answers, gradients, after, is_checkpoint)
        self._background.do(self._write_timed, place, *looked)

    def _write_timed(self, place, *looked):
        with self._timed(place, time.thread_time):
            self._write(*looked)

    def _write(self, step, before, answers, gradients, after, is_checkpoint):
        """Write all there is of a step; the sketches take longer than looking at the network."""
        few = thin(self._recording)
        collected = self._collector.collect("weights", before) | self._collect_answers(answers)
        if gradients:
            collected |= self._collector.collect("gradients", gradients)
            updates = {name: after[name] - before[name] for name in self._hook.names}
            collected |= self._collector.collect("updates", updates, few)
        self._writer.write_step(step, collected)
        if is_checkpoint:
            self._writer.write_checkpoint(step, before)
        if not self._is_told:
            self._writer.describe(recording=self._describe_recording())
            self._is_told = True

    def _collect_answers(self, answers):
        if answers is None:
            return {}
        outputs, active, final = answers
        if not outputs:
            return {"probe.output": final}
        return {
            **self._collector.collect("activations", outputs, thin(self._recording)),
            "activations.active": np.concatenate([active[name] for name in outputs]),
            "probe.output": final,
        }

    def _description(self):
        return {
            **describe_model(self.model),
            "environment": describe_environment(),
            "planned_steps": self._planned_steps,
            "recording": self._describe_recording(),
        }

    def _describe_recording(self):
        return {
            "policy": vars(self._recording),
            "thinned": self._thinned,
            "tensors": self._collector.to_dict(),
            "seconds": round(self._seconds_before + sum(self.step_seconds), 3),
            "bytes": self._writer.recorded_bytes(),
        }

    @contextmanager
    def _timed(self, place=-1, clock=time.perf_counter):
        """Add to what a recorded step costs: what it keeps waiting, or takes beside the training.

        Beside it processor time counts, for a thread that gives way mostly waits.
        """
        begun = clock()
        try:
            yield
        finally:
            self.step_seconds[place] += clock() - begun
