"""Judge the learning rate of a run from its recording alone.

The textbook rule, updates of about a thousandth of the weights, misjudges the plainest case: a
rate so large that it kills the network within a few steps leaves updates of exactly zero, which
look too small. The rules here ask for what such an accident leaves behind instead, see
docs/verdicts.md.
"""

import json
from dataclasses import asdict, dataclass

from explorer.analysis import rules
from explorer.analysis.evidence import Evidence
from explorer.analysis.findings import Finding, percent
from explorer.analysis.measuring import gather
from explorer.analysis.notes import notes_on
from explorer.runs import Run, files

TITLES = {
    "diverged": "Learning rate too large: the training diverged",
    "collapsed": "Learning rate too large: the network collapsed",
    "damaged": "Learning rate too large: the network is damaged",
    "too_small": "Learning rate too small",
    "undecided": "Undecided",
    "adequate": "Learning rate adequate",
}
FROM_THE_START = "Not a number from the start"
SLOW = " A larger rate, or many more updates, would take it further."
UNEXPLAINED = " Nothing in the recording tells why."


@dataclass(frozen=True)
class Judgement:
    """What the recording of a run says about its learning rate.

    Args:
        verdict: A key of `TITLES`.
        title: The verdict in a few words.
        summary: What happened, in one or two sentences.
        findings: The rules that led to the verdict, the deciding ones first.
        notes: What else is worth knowing, whatever the verdict.
    """

    verdict: str
    title: str
    summary: str
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    def to_dict(self) -> dict:
        """Return plain values for JSON; non-finite numbers are words, as in the run folder."""
        return json.loads(files.to_json(asdict(self)))


def judge(run: Run, evidence: Evidence | None = None) -> Judgement:
    """Judge a run, also one that still grows, is damaged, or comes from someone's own script.

    Args:
        run: The run.
        evidence: What `measuring.gather` found in it, where that is known already.
    """
    evidence = evidence or gather(run)
    verdict, findings = decide(evidence)
    told = _broken if _is_broken_from_the_start(verdict, findings) else SUMMARIES[verdict]
    return Judgement(
        verdict=verdict,
        title=FROM_THE_START if told is _broken else TITLES[verdict],
        summary=_so_far(run, evidence) + told(evidence, findings),
        findings=findings,
        notes=notes_on(run, evidence, verdict),
    )


def decide(evidence: Evidence) -> tuple[str, tuple[Finding, ...]]:
    """Ask the rules in their order; return the verdict and what it rests on."""
    for verdict, rule in rules.ORDER:
        if findings := rule(evidence):
            return verdict, findings
    return "adequate", rules.adequate(evidence)


def _is_broken_from_the_start(verdict, findings):
    return verdict == "diverged" and findings[0].step == 0


def _so_far(run, evidence):
    if not run.is_live:
        return ""
    planned = f" of {run.planned_steps:,}" if run.planned_steps else ""
    return f"So far, after {evidence.num_updates:,}{planned} updates: "


def _broken(evidence, findings):
    return (
        "The numbers were broken before the first update, so it is not the learning rate: look "
        "for NaN or infinite values in the images, the labels or the initial weights."
    )


def _all(evidence, findings):
    return " ".join(finding.words for finding in findings)


def _collapsed(evidence, findings):
    words = {finding.rule: finding.words for finding in findings}
    lost = words.get("zero_gradients") or words.get("dead_convolution")
    told = [words.get("large_updates"), lost]
    if "one_answer" in words:
        told.append("Every image gets the same answer, and the loss is no better than guessing.")
    return " ".join(sentence for sentence in told if sentence)


def _too_small(evidence, findings):
    return _all(evidence, findings) + SLOW


def _undecided(evidence, findings):
    words = _all(evidence, findings)
    return words if len(findings) > 1 or findings[0].rule != "guessing" else words + UNEXPLAINED


def _adequate(evidence, findings):
    validation = evidence.metrics.validation["accuracy"].dropna()
    words = findings[0].words
    if len(validation):
        words += f" {percent(validation.iloc[-1])} of the validation images are right."
    return words


SUMMARIES = {
    "diverged": _all,
    "collapsed": _collapsed,
    "damaged": _all,
    "too_small": _too_small,
    "undecided": _undecided,
    "adequate": _adequate,
}
