"""Do the recorded steps hold the tensors that `run.json` lists?

Readers reserve as much memory as the list says, and fill what a step lacks with NaN: a short list
of huge tensors that nobody recorded would fill any memory.
"""

from collections import Counter

from safetensors import safe_open

from explorer.packing.members import PackError
from explorer.runs import KINDS, Run, files, sketch

MOST_MORE_LACKING = 2  # steps without a kind, beyond as many as have it


def check_shapes(run: Run) -> None:
    """Check that recorded steps hold what is listed, or, some of them, nothing of a kind.

    Raises:
        PackError: They do not.
    """
    wanted = {key: shape for kind in KINDS for key, shape in _shapes(run, kind).items()}
    lacking = Counter()
    for step in run.steps:
        path = files.step_file(run.folder / files.STEPS, step)
        with safe_open(path, framework="np") as tensors:
            there = set(tensors.keys())
            for key, shape in wanted.items():
                if key not in there:
                    lacking[key] += 1
                elif (found := tuple(tensors.get_slice(key).get_shape())) != shape:
                    raise PackError(
                        f"{files.STEPS}/{path.name} has {key} of the shape {found}. By the list "
                        f"in {files.RUN} it is {shape}."
                    )
    for key, missing in lacking.items():
        if missing > len(run.steps) - missing + MOST_MORE_LACKING:
            raise PackError(
                f"{missing} of {len(run.steps)} recorded steps have no {key}, which {files.RUN} "
                "lists."
            )


def _shapes(run, kind):
    """Return the shapes under which a step keeps the tensors of a kind."""
    infos = list(run.tensors(kind).values())
    if not infos:
        return {}
    shapes = {
        f"{kind}.moments": (len(infos), len(sketch.MOMENTS)),
        f"{kind}.knots": (sum(not info.is_whole for info in infos), sketch.KNOTS),
        f"{kind}.values": (sum(info.stored_size for info in infos),),
    }
    if kind == "activations":
        shapes["activations.active"] = (sum(info.shape[-1] for info in infos),)
    return shapes
