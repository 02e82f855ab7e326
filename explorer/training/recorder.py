"""The flight recorder: a Keras callback that writes a run folder while `fit` runs."""

import time
import weakref
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from explorer.runs import description, files
from explorer.runs.lock import writer_lock
from explorer.runs.read import open_run
from explorer.runs.write import RunWriter
from explorer.training.background import Background
from explorer.training.describe import accuracy_of, describe_model, first_accuracy
from explorer.training.environment import describe_environment
from explorer.training.hooks import StepHook, value_of
from explorer.training.interruption import close_former, close_later
from explorer.training.names import tensor_names
from explorer.training.place import check_place, claim
from explorer.training.probe import ProbeHook, answering_layers
from explorer.training.probe_data import first_of, images_and_classes, read_probe
from explorer.training.schedule import Plan
from explorer.training.spec import Recording
from explorer.training.step_lines import StepLines, seen_scalars
from explorer.training.step_writer import SeenStep, StepWriter
from explorer.training.thinning import MOST_BYTES, thinned, what_was_thinned


class Recorder(keras.callbacks.Callback):
    """Record weights, gradients, updates, activations and metrics of a training.

    Use it with any Keras 3 model on the TensorFlow backend, functional, subclassed or with a
    training step of its own: `model.fit(..., callbacks=[Recorder("checkpoints/my-run")])`. Open
    the run with the explorer, during the training or after it.

    Recorded step `s` holds the weights after `s` updates, the gradients of the next update and
    the change it made; the final step holds the weights alone. Steps 0 to 32 are all recorded,
    later ones ever more rarely, see `Recording`. Every step has a line with its loss, accuracy,
    gradient norm, learning rate and seconds, those of its batch alone.

    What is not seen, or is seen in another way:

    - Steps that Keras executes together (`steps_per_execution`): the first is recorded, with the
      change that all of them made. Each has its line of metrics all the same. (On several
      devices Keras 3.15 itself executes steps together only with `run_eagerly`.)
    - Weights that are not trained, frozen ones too, have no gradients and no updates. A recording
      has the same tensors throughout: gradients of layers that are unfrozen between two calls of
      `fit` are left out, and named in `run.json`, unless the second call has a recorder of its own.
    - Gradients are those handed to the optimizer the model was compiled with, before it clips,
      accumulates or averages anything; several devices' are added up. Other optimizers' updates
      show in the weights alone. An update that mixed precision skips has gradients that are NaN.
    - With accumulated gradients most updates are zero. With averaged weights (`use_ema`) the final
      state is what `fit` leaves, not what the last update led to.
    - A training step of its own that asks neither for `compute_loss` nor for metrics: loss and
      accuracy are what it returns. Of several metrics the first accuracy is recorded.
    - A subclassed model that is first built while its first step is made, by an optimizer of its
      own: step 0 is lost.
    - What a recurrent layer computes within its loop, and all but the first output of a layer.

    A second `fit` of the same model with the same recorder continues the run. After an exception
    the run is closed as stopped when the recorder is deleted, another training is recorded, or
    the interpreter ends.

    Args:
        folder: Where to write; must not hold a run yet, unless `initial_step` is given. Its name
            is the id of the run: letters, digits, hyphens and underscores.
        recording: How densely to record, and how much of large tensors. By default as densely as
            the explorer's own trainings, or so much less that `most_bytes` are hardly exceeded;
            what was thinned is written to `run.json`, and shown.
        probe: Images and labels on which activations are recorded, or `None` for none. As `fit`
            gets them, in whatever scale: (images, height, width, channels) and (images,). Labels
            may also be one-hot, or a column; of other forms the images are not shown. For a model
            with several inputs a list or dict of arrays, as it takes them; activations are
            recorded then, but no images to show. Of the first `recording.probe_images` alone.
        about: Entries for `run.json`, such as `name` or `data`.
        initial_step: Updates done so far by a training that is continued. What the folder holds
            of later ones is forgotten.
        planned_steps: Updates of the whole training, when `fit` cannot know them.
        most_bytes: How large a run may become where `recording` is not given.

    Raises:
        ValueError: The folder holds a run already, or that of another network; an argument cannot
            be recorded; the model does not take the images of the probe.
        OSError: The disk is full or not writable; `fit` ends with it. What was written stays
            readable.
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
        self.folder = Path(folder)
        if initial_step is None:
            check_place(self.folder)
        if problem := description.problem(about or {}) or files.problem(about or {}):
            raise ValueError(f"about cannot be written: {problem}")
        self._recording, self._thinned = recording or Recording(), {}
        self._most_bytes = most_bytes if recording is None else None
        self._probe_data = None if probe is None else read_probe(probe)
        self._about = about or {}
        self.step = initial_step or 0
        self._is_continued = initial_step is not None
        self._given_steps = planned_steps
        self._seconds_before = 0.0
        self._seen_model, self._known, self._accuracy = None, None, None

    def on_train_begin(self, logs=None):
        self._check_model()
        close_former(self.params)
        self._writer = RunWriter(self.folder)
        if self._seen_model is None and not self._is_continued:
            claim(self.folder)
        self._lock = writer_lock(self.folder)
        self._lock.acquire(timeout=10)
        self._background = Background()
        self._lines = StepLines(self._writer)
        when_built = weakref.WeakMethod(self._when_built)  # the model need not keep the recorder
        self._hook = StepHook(self.model, lambda: when_built()())
        self._closer = close_later(
            self,
            self._writer,
            self._lock,
            self._lines.write,
            self._background.wait,
            self._hook.unwrap,
            fit=self.params,
        )
        self._epoch, self._is_recording, self._is_built, self._is_told = 0, False, False, False
        self._is_attached = False
        self.step_seconds = []
        self._go_on()

    def on_epoch_begin(self, epoch, logs=None):
        self._attach(epoch)
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
        self._seen_model = weakref.ref(self.model)
        self._accuracy = first_accuracy(logs or {})
        scalars = seen_scalars(self._hook, self.model, logs or {})
        told = {"step": self.step, "epoch": self._epoch, "seconds": seconds}
        self._lines.add(scalars, logs or {}, **told)
        if not self._is_built:  # no update was seen: the weights before the first one are gone
            self._is_recording = False
            self._hook.look_at_weights()
        if self._is_recording:
            with self._timed():
                gradients, after = self._look_after()
            is_checkpoint = any(map(self._plan.keeps_all, self._together))
            self._record(gradients, after, is_checkpoint=is_checkpoint)
        self.step += len(scalars)

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
        self._attach(0)  # of a training without an epoch
        self._seen_model = weakref.ref(self.model)
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
            planned_steps=self._planned_steps and max(self._planned_steps, self.step * done),
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

    def _check_model(self):
        if self._seen_model is not None and self._seen_model() is not self.model:
            raise ValueError(
                f"This recorder has recorded another model into {str(self.folder)!r}. Make a "
                "Recorder for each model, each with a folder of its own."
            )

    def _attach(self, epoch):
        """Begin to look at the model, once the first epoch has a number."""
        if self._is_attached:
            return
        self._is_attached = True
        self._make_plan(epoch)
        self._hook.attach()
        self._last_end = time.perf_counter()

    def _go_on(self):
        """Keep what the earlier part of a continued training recorded, and what that cost."""
        if self._is_continued:
            self._writer.drop_after(self.step)
            self._is_continued = False  # a second `fit` goes on from the end of the first
        if not self.step or not (self.folder / files.RUN).exists():
            return
        before = open_run(self.folder).recording
        self._known = before.get("tensors")
        self._seconds_before = before.get("seconds") or 0.0

    def _steps_together(self, batch):
        """Return the steps expected until Keras calls back; an epoch's last ones may be fewer."""
        count = self.model.steps_per_execution
        if steps := self.params.get("steps"):
            count = min(count, steps - batch)
        return range(self.step, self.step + count)

    def _when_built(self):
        self._is_built = True
        self._weights = list(self.model.weights)
        if self._most_bytes is not None:
            self._thin()
        self._steps = StepWriter(self._writer, self._recording, self._known)
        self._probe = self._make_probe()
        self._weight_names = tensor_names([v.path for v in self._weights], self.model.name)
        self._check_weights()
        self._writer.describe(**self._about, **self._description(), status="running")
        if self._is_recording:
            self._look_before()

    def _look_before(self):
        self._before = self._read_weights()
        self._answers = None if self._probe is None else self._probe()

    def _check_weights(self):
        recorded = {
            item["name"]: tuple(item["shape"]) for item in self._steps.tensors.get("weights", [])
        }
        now = {
            name: tuple(variable.shape)
            for name, variable in zip(self._weight_names, self._weights, strict=True)
        }
        if recorded and recorded != now:
            raise ValueError(
                f"{str(self.folder)!r} holds the recording of another network: its weights have "
                "other names or shapes. Record into another folder."
            )

    def _make_plan(self, epoch):
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        self._planned_steps = self._given_steps
        if self._given_steps is None and steps and epochs:
            self._planned_steps = self.step + steps * max(0, epochs - epoch)
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
        seen = SeenStep(self.step, self._before, self._answers, gradients, after, is_checkpoint)
        self._background.do(self._write_timed, place, seen)

    def _write_timed(self, place, seen):
        with self._timed(place, time.thread_time):
            self._steps.write(seen)
            if not self._is_told:
                self._writer.describe(recording=self._describe_recording())
                self._is_told = True

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
            "tensors": self._steps.tensors if self._is_built else self._known or {},
            "left_out": self._steps.left_out if self._is_built else {},
            "accuracy": self._accuracy,
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
