"""What a wheel carries beside the code: the app and the bundled runs, which lie at the top level.

Hatchling calls this when it builds; `explorer/paths.py` finds the files in both places. Own runs
beside the bundled ones, and what was computed for those later, stay out.
"""

import json
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = "explorer/_app"
APP = (".streamlit/config.toml", "docs/verdicts.md", "pages", "streamlit_app.py")
OF_A_RUN = ("run.json", "metrics.jsonl", "probe.safetensors", "steps", "weights", "landscapes")


class Beside(BuildHookInterface):
    """Add what lies beside the package to the wheel, and the bundled runs to the sdist."""

    def initialize(self, version: str, build_data: dict) -> None:
        """Say which files go where; an editable installation uses the checkout as it is."""
        if version == "editable":
            return
        root, runs = Path(self.root), bundled_runs(Path(self.root))
        is_wheel = self.target_name == "wheel"
        for name in (*(APP if is_wheel else ()), *runs):
            there = f"{CARRIED}/{name}" if is_wheel else name
            build_data["force_include"][str(root / name)] = there


def bundled_runs(root: Path) -> list[str]:
    """Return the parts of the bundled runs, as paths from the top level."""
    runs = sorted(path.parent for path in root.glob("checkpoints/*/run.json") if _is_bundled(path))
    parts = (folder / name for folder in runs for name in OF_A_RUN)
    return [path.relative_to(root).as_posix() for path in parts if path.exists()]


def _is_bundled(path):
    return bool(json.loads(path.read_text(encoding="utf-8")).get("bundled"))
