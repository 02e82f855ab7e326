"""Whether the verdict on the learning rate is right, on runs whose end is known.

    python benchmarks/verdicts.py FOLDER            # train what is missing there, judge, report
    python benchmarks/verdicts.py FOLDER --judge    # judge what is there

Short trainings of several networks, optimisers and seeds, over five decades of learning rates;
each is judged from its run folder alone. The yardstick looks at what the verdict does not: the
validation accuracy at the end, compared with guessing and with the best of the same network,
images and optimiser.

- *healthy*, at least 80 % of the way from guessing to the best: "adequate" is right.
- *failed*, at most 50 % of the way: with a higher rate than the best run had, "diverged",
  "collapsed" or "damaged" is right; with a lower one, "too small".
- *between*: any of the verdicts for its side of the best rate, and "undecided", are right.

Thresholds were set on the article's network on the characters with seed 0; all other trials were
held out. The claims: no healthy run is called anything but adequate or undecided, and at least
90 % of the verdicts on held-out runs are right. Writes the table to docs/verdicts.md; exit code 1
if a claim does not hold.
"""

import argparse
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from verdict_trials import HELD_OUT, TUNED, Trial, trials

from explorer import runs
from explorer.analysis.evidence import Evidence
from explorer.analysis.measuring import gather
from explorer.analysis.verdict import judge

REPORT = ROOT / "docs" / "verdicts.md"
BEGIN, END = "<!-- table: benchmarks/verdicts.py -->\n", "<!-- end of table -->\n"
HEALTHY, FAILED = 0.8, 0.5
LEAST_RIGHT = 0.9
TOO_LARGE = ("diverged", "collapsed", "damaged")
NOT_BAD = ("adequate", "undecided")


@dataclass(frozen=True)
class Result:
    """A judged trial.

    Args:
        trial: What was trained.
        evidence: What its recording shows.
        accuracy: Validation accuracy at the end.
        verdict: The verdict.
    """

    trial: Trial
    evidence: Evidence
    accuracy: float
    verdict: str


def judged(trial: Trial, root: Path) -> Result:
    """Judge a trained trial from its folder."""
    run = runs.open_run(root / trial.name)
    accuracy = float(run.metrics().validation["accuracy"].iloc[-1])
    return Result(trial, gather(run), accuracy, judge(run).verdict)


def share_of_the_best(result: Result, best: Result) -> float:
    """Say how far a run came on the way from guessing to the best of its kind."""
    chance = result.evidence.guess_accuracy
    return (result.accuracy - chance) / (best.accuracy - chance)


def expected(result: Result, best: Result) -> tuple[str, ...]:
    """Return the verdicts that the yardstick counts as right."""
    share = share_of_the_best(result, best)
    if share >= HEALTHY:
        return ("adequate",)
    side = TOO_LARGE if result.trial.learning_rate > best.trial.learning_rate else ("too_small",)
    return side if share <= FAILED else (*side, *NOT_BAD)


def main():
    """Train, judge, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the runs are kept")
    parser.add_argument("--judge", action="store_true", help="train nothing")
    options = parser.parse_args()
    os.environ["EXPLORER_CHECKPOINTS"] = str(options.folder)
    everything = trials(TUNED) + trials(HELD_OUT)
    if not options.judge:
        # TensorFlow takes seconds to load, and judging does not need it.
        from verdict_runs import train_all

        train_all(everything, options.folder)
    there = [trial for trial in everything if (options.folder / trial.name).is_dir()]
    results = [judged(trial, options.folder) for trial in there]
    passed = report(results) and len(there) == len(everything)
    print("PASS" if passed else "FAIL")
    sys.exit(0 if passed else 1)


def report(results: list[Result]) -> bool:
    """Write the table, print what is wrong, and say whether the claims hold."""
    best = {}
    for result in results:
        known = best.get(result.trial.group)
        if known is None or result.accuracy > known.accuracy:
            best[result.trial.group] = result
    pairs = [(result, best[result.trial.group]) for result in results]
    lines = "".join(row(*pair) for pair in pairs)
    right, called_bad = {True: [], False: []}, []
    for result, top in pairs:
        is_right = result.verdict in expected(result, top)
        right[is_tuned(result.trial)].append(is_right)
        healthy = share_of_the_best(result, top) >= HEALTHY
        called_bad += [result.trial.name] if healthy and result.verdict not in NOT_BAD else []
        if not is_right:
            print(f"wrong: {row(result, top)}", end="")
    words = f"{summary(right, called_bad)} {spread(results)}"
    print(words)
    write(HEADER + lines, words)
    held_out = right[False]
    return not called_bad and sum(held_out) >= LEAST_RIGHT * len(held_out) > 0


def is_tuned(trial: Trial) -> bool:
    """Say whether thresholds were set on this trial."""
    return (trial.network, trial.images, trial.seed) in TUNED


HEADER = (
    "| network, images | seed | optimiser | rate | set or held out | late loss / guessing | "
    "largest ratio | median ratio | path | zeros | dead conv. | one answer | accuracy | "
    "of the best | verdict | right |\n"
    "|---|--:|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|---|\n"
)


def row(result: Result, best: Result) -> str:
    """Return one line of the table."""
    trial, evidence = result.trial, result.evidence
    worst = evidence.worst_convolution
    cells = [
        f"{trial.network}, {trial.images}",
        trial.seed,
        trial.optimizer,
        f"{trial.learning_rate:g}",
        "set" if is_tuned(trial) else "held out",
        f"{evidence.late_share:.3g}",
        f"{evidence.largest_ratio.max():.2g}",
        f"{evidence.median_ratio:.2g}",
        f"{evidence.path:.2g}",
        f"{evidence.late_zeros:.2f}",
        "-" if worst is None else f"{evidence.late_dead[worst]:.2f}",
        f"{evidence.late_top:.2f}",
        f"{result.accuracy:.3f}",
        f"{share_of_the_best(result, best):.2f}",
        result.verdict.replace("_", " "),
        "yes" if result.verdict in expected(result, best) else "**no**",
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


def summary(right: dict, called_bad: list[str]) -> str:
    """Return the result in two sentences."""
    held_out, tuned = right[False], right[True]
    return (
        f"Held out: {sum(held_out)} of {len(held_out)} verdicts are right; set on: {sum(tuned)} "
        f"of {len(tuned)}. Healthy runs called bad: {', '.join(called_bad) or 'none'}."
    )


def spread(results: list[Result]) -> str:
    """Say how many runs each seed and each verdict has."""
    seeds = Counter(result.trial.seed for result in results)
    verdicts = Counter(result.verdict.replace("_", " ") for result in results)
    by_seed = ", ".join(f"{count} with seed {seed}" for seed, count in sorted(seeds.items()))
    by_verdict = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    return f"Of {len(results)} runs there are {by_seed}; the verdicts are {by_verdict}."


def write(table: str, words: str) -> None:
    """Put the table between its marks in the report, which says the rest by hand."""
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else BEGIN + END
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    REPORT.write_text(f"{before}{BEGIN}\n{words}\n\n{table}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
