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
from explorer.analysis.findings import Finding, percent, short
from explorer.analysis.measuring import gather
from explorer.analysis.notes import notes_on, untold_words
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
LOST = ("zero_gradients", "dead_convolution")
UNEXPLAINED = " Nothing in the recording tells why."


@dataclass(frozen=True)
class Judgement:
    """What the recording of a run says about its learning rate.

    Args:
        verdict: A key of `TITLES`.
        title: The verdict in a few words.
        summary: What happened, in a plain sentence or two.
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
    notes = notes_on(run, evidence, verdict)
    return Judgement(
        verdict=verdict,
        title=FROM_THE_START if told is _broken else TITLES[verdict],
        summary=_so_far(run, evidence) + told(evidence, findings) + _untold(run, evidence, notes),
        findings=findings,
        notes=notes,
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


def _untold(run, evidence, notes):
    """Say of an imported run beside the verdict what it cannot rest on."""
    is_noted = any(note.rule == "cannot_tell" for note in notes)
    return f" {untold_words(evidence)}" if run.source and is_noted else ""


def _broken(evidence, findings):
    return (
        "The numbers were broken before the first update, so it is not the learning rate: look "
        "for NaN or infinite values in the images, the labels or the initial weights."
    )


def _first(evidence, findings):
    return findings[0].words


def _too_large(evidence, findings):
    """Tell in one sentence what the updates did, what was lost, and what became of it."""
    found = {finding.rule: finding for finding in findings}
    told = [_thrown(found["large_updates"])] if "large_updates" in found else []
    told += [_began(found[rule]) for rule in LOST if rule in found][:1]
    if "one_answer" in found:
        outcome = "every image gets the same answer"
    else:
        outcome = f"the loss at the end is {_loss(evidence)}"
    words = f"{', and '.join(told)}: {outcome}."
    return words[0].upper() + words[1:]


def _loss(evidence):
    level = f"{evidence.guess_words} is {short(evidence.guess_loss)}"
    return f"{short(evidence.late_loss)} ({level})"


def _thrown(finding):
    times = short(finding.numbers[0].value)
    first = f"single updates, the first at step {finding.step:,}"
    return f"{first}, changed weights by up to {times} times their size"


def _began(finding):
    moment = "at the end" if finding.when == "judged" else finding.moment
    return f"{moment} {finding.title[0].lower()}{finding.title[1:]}"


def _too_small(evidence, findings):
    rests, unsolved = (finding.words.rstrip(".") for finding in findings)
    return f"{rests}. {unsolved}.{SLOW}"


def _undecided(evidence, findings):
    words = " ".join(finding.words for finding in findings)
    return words if len(findings) > 1 or findings[0].rule != "guessing" else words + UNEXPLAINED


def _adequate(evidence, findings):
    words = f"The loss fell to {_loss(evidence)}"
    validation = evidence.metrics.validation["accuracy"].dropna()
    if len(validation):
        words += f", and {percent(validation.iloc[-1])} of the validation images are right"
    return words + "."


SUMMARIES = {
    "diverged": _first,
    "collapsed": _too_large,
    "damaged": _too_large,
    "too_small": _too_small,
    "undecided": _undecided,
    "adequate": _adequate,
}
