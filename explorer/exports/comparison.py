"""Two runs and what is shown of them: the same charts as on the page, for any width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from explorer import runs
from explorer.analysis.evidence import Evidence
from explorer.analysis.measuring import gather
from explorer.analysis.timeline import Timeline, align, thin
from explorer.charts import pair
from explorer.charts.distributions import distributions
from explorer.charts.kernels import kernels
from explorer.charts.measures import measures
from explorer.charts.over_steps import VIEWS
from explorer.charts.recorded import MODES, read_distribution, read_kernels, recorded_in_any
from explorer.charts.scalars import scalars

KINDS = ("weights", "gradients", "updates", "activations")
CURVES = "curves"
KERNEL = "kernel"
CHARTS = (CURVES, *KINDS, KERNEL)


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Args:
        chosen: Run A and run B; may be the same one.
        tensor: The tensor whose values are shown; by default the first one with weights.
        mode: How runs of different length are aligned: `"step"` or `"share"`.
        view: How a distribution is drawn over all steps: a key of `VIEWS`.
        colour: What the colour of a weight heatmap is: a key of `MODES`.
        checkpoints: Steps of two checkpoints that were compared, A first, or `None`; what was
            found of them then stands in the report as well.
    """

    chosen: tuple[runs.Run, runs.Run]
    tensor: str = ""
    mode: str = "step"
    view: str = "ridges"
    colour: str = "value"
    checkpoints: tuple[int, int] | None = None

    def __post_init__(self):
        choices = (("view", self.view, VIEWS), ("colour", self.colour, MODES))
        for name, value, allowed in choices:
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}. It must be one of {', '.join(allowed)}.")
        known = recorded_anywhere(self.chosen)
        if not self.tensor and known:
            object.__setattr__(self, "tensor", known[0])
        if self.tensor and self.tensor not in known:
            raise ValueError(
                f"Neither run has a recording of {self.tensor!r}. Choose one of: "
                f"{', '.join(known) or 'none'}."
            )

    @property
    def names(self) -> list[str]:
        """Names of the runs as the charts write them."""
        pairs = zip("AB", self.chosen, strict=True)
        return [f"{letter}: {writable(run.name)}" for letter, run in pairs]

    @cached_property
    def timeline(self) -> Timeline:
        """The places of the slider; long recordings are thinned, as on the page.

        Raises:
            ValueError: Neither run has a recorded step.
        """
        return align([thin(run.steps) for run in self.chosen], mode=self.mode)

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was measured of each run."""
        return tuple(gather(run) for run in self.chosen)

    def drawn(self, name: str) -> Callable[[int], object]:
        """Read what a chart needs, and return a function from its width to the chart.

        Args:
            name: One of `CHARTS`.

        Raises:
            ValueError: There is nothing to draw, in words for people.
        """
        if name == CURVES:
            return self._curves()
        if name == KERNEL:
            return self._kernel()
        if name not in KINDS:
            raise ValueError(f"There is no chart {name!r}. Choose one of: {', '.join(CHARTS)}.")
        return self._distribution(name)

    def _curves(self):
        panels = measures(self.evidence)
        if not panels:
            raise ValueError("Neither run has any metrics yet.")
        last = max(int(one.steps[-1]) for panel in panels for one in panel.series)

        return lambda width: scalars(panels, pair.Frame(self.names, width), last_step=last)

    def _distribution(self, kind):
        item = read_distribution(self.chosen, self.timeline, kind, self.tensor)
        return lambda width: distributions(
            [item], pair.Frame(self.names, width, self.timeline), kind=kind, view=self.view
        )

    def _kernel(self):
        item = read_kernels(self.chosen, self.timeline, self.tensor, self.colour)
        return lambda width: kernels(item, pair.Frame(self.names, width, self.timeline))


def writable(text: str) -> str:
    """Replace what JSON may hold but no file: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def recorded_anywhere(chosen: Sequence[runs.Run]) -> list[str]:
    """Return every tensor of any kind, those with weights first."""
    return list(dict.fromkeys(name for kind in KINDS for name in recorded_in_any(chosen, kind)))
