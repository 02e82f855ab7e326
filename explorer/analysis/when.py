"""How a finding names its step: where it happened, since when it holds, or where it was judged."""

from explorer.analysis.evidence import Evidence


def since(evidence: Evidence, step: int | None) -> dict:
    """Say since when something has held; judged at the end where it just ended to hold."""
    return judged(evidence) if step is None else {"step": step, "when": "since"}


def judged(evidence: Evidence) -> dict:
    """Say that something is judged by all that was recorded."""
    return {"step": evidence.last_step, "when": "judged"}
