"""The shell's word on a run's learning rate: `python -m explorer verdict RUN`."""

import click

from explorer import runs
from explorer.analysis.findings import Finding, short
from explorer.analysis.verdict import judge
from explorer.cli_options import as_json, run_argument
from explorer.cli_output import print_json, visible


@click.command()
@run_argument
@as_json
def verdict(run, as_json):
    """Say whether a run's learning rate was right, and why.

    RUN is the id, the name or the path of a run. The verdict is one of: diverged, collapsed,
    damaged, too_small, undecided, adequate. How it is made, which words it uses and how often it
    is right: docs/verdicts.md.
    """
    run = runs.find(run)
    judgement = judge(run)
    if as_json:
        return print_json({"run": run.id, "name": run.name, **judgement.to_dict()})
    lines = [judgement.title, judgement.summary]
    lines += [line for finding in judgement.findings for line in told("Found", finding)]
    lines += [line for finding in judgement.notes for line in told("Note", finding)]
    click.echo("\n".join(visible_lines(lines)))


def told(kind: str, finding: Finding) -> list[str]:
    """Return a finding as lines: what it is, its numbers beside their thresholds, its source."""
    lines = [f"{kind}: {finding.title} ({finding.rule}, {finding.moment}). {finding.words}"]
    lines += [
        f"  {item.name} {short(item.value)}; threshold {item.relation} {short(item.threshold)}"
        for item in finding.numbers
    ]
    return [*lines, f"  source: {finding.source}"]


def visible_lines(lines: list[str]) -> list[str]:
    """Take out what would control a terminal, keeping how lines are set in."""
    return [("  " if line.startswith("  ") else "") + visible(line) for line in lines]
