"""What the last bits of a training depend on besides its settings."""

import os
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "numpy")
THREAD_SETTINGS = (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "OMP_NUM_THREADS",
    "TF_ENABLE_ONEDNN_OPTS",
)


def describe_environment() -> dict:
    """Return versions, processor and thread settings.

    Two trainings with equal settings in equal environments give the same bits; with other
    threads, versions or processors the last bits differ.
    """
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "threads": {name: os.environ.get(name, "") for name in THREAD_SETTINGS},
    }


def differences(before: dict, now: dict) -> list[str]:
    """Name what has changed between two environments, in words."""
    changed = []
    for key in ("processor", "cores", "packages", "threads"):
        if before.get(key) != now.get(key):
            changed.append(f"{key}: {before.get(key)} before, {now.get(key)} now")
    return changed


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor():
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
        return names[0] if names else platform.processor()
    except OSError:
        return platform.processor()
