"""Everything a training needs to go on at exactly the step where it was left.

The state holds all variables of the model (weights, batch-norm statistics, the states of its
random generators) and of the optimiser, in their order, and the number of weight updates done.
Batches are a pure function of seed and step, so nothing else has to be remembered.
"""

from pathlib import Path

import numpy as np

from explorer.runs import RunError, files
from explorer.runs.read import read_tensors
from explorer.runs.write import RunWriter


def save_state(writer: RunWriter, model, step: int) -> None:
    """Replace the saved state of a run.

    Args:
        writer: Writes the run folder.
        model: A compiled Keras model whose optimiser is built.
        step: Weight updates done.
    """
    arrays = {key: variable.numpy() for key, variable in _variables(model).items()}
    writer.write_resume_state({**arrays, "step": np.array(step)})


def read_state(folder: Path) -> dict[str, np.ndarray] | None:
    """Return the saved state of a run, `None` when there is none that can be read."""
    try:
        return read_tensors(folder / files.RESUME)
    except RunError:
        return None


def restore_state(state: dict[str, np.ndarray], model) -> int:
    """Give a freshly built and compiled model a saved state.

    Returns:
        Weight updates done.

    Raises:
        ValueError: The state is that of another network.
    """
    variables = _variables(model)
    if set(state) != {*variables, "step"}:
        raise ValueError(
            f"The saved state holds {len(state) - 1} variables, the network and its optimiser have "
            f"{len(variables)}. Another version saved it; train anew."
        )
    for key, variable in variables.items():
        variable.assign(state[key].reshape(variable.shape))
    return int(state["step"].item())


def forget_state(folder: Path) -> None:
    """Remove the saved state; the training is complete."""
    (folder / files.RESUME).unlink(missing_ok=True)


def _variables(model) -> dict:
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {
        f"{group}/{number:04d}": variable
        for group, variables in groups.items()
        for number, variable in enumerate(variables)
    }
