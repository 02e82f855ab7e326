"""What every finding tells, whatever it found: its rule, step, numbers, threshold and source."""

import inspect
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from recordings import CLASSES, Course, record

from explorer import runs
from explorer.analysis import gradient_notes, loss_signs, notes, rules, signs
from explorer.analysis.findings import CHARTS, MOMENTS
from explorer.analysis.measuring import gather
from explorer.analysis.thresholds import RELATIONS, UNSOLVED
from explorer.analysis.verdict import judge
from explorer.cli import main
from explorer.paths import PROJECT
from explorer.runs import files

STEPS = (0, 1, 2, 3, 10, 30, 60, 100, 130, 150, 170, 190, 200)
USUAL = Course(steps=STEPS)
GUESSING = (float(np.log(CLASSES)),) * 200
STUCK = tuple(np.linspace(1.4, 0.9, 200))
NAN = float("nan")
COLLAPSED = replace(
    USUAL, losses=GUESSING, zeros=1.0, dead=1.0, top=1.0, ratio=(0.05, 1.3, *(0.0,) * 198)
)
COURSES = {
    "usual": USUAL,
    "broken": replace(USUAL, losses=(1.4,) * 57 + (NAN,) * 143, broken_from=10),
    "away": replace(USUAL, losses=(1.4,) * 30 + (5e3,) * 170),
    "collapsed": COLLAPSED,
    "blind": replace(COLLAPSED, kinds=("weights", "gradients", "updates")),
    "damaged": replace(USUAL, losses=STUCK, zeros=0.75, dead=0.5),
    "slow": replace(USUAL, losses=GUESSING, ratio=5e-5),
    "begun": replace(USUAL, losses=GUESSING, ratio=5e-5, about={"planned_steps": 5000}),
    "early": replace(USUAL, losses=GUESSING[:10], steps=tuple(range(11))),
    "lossless": replace(USUAL, losses=(NAN,) * 60, validation=()),
    "levelless": replace(USUAL, losses=(0.0,) * 200, top=NAN, kinds=("weights",)),
    "empty": replace(USUAL, losses=(), validation=(), steps=()),
    "perfect": replace(USUAL, accuracy=1.0, validation=(0.5, 0.6, 0.5, 0.6, 0.5, 0.6)),
    "spike": replace(USUAL, losses=(1.4, 9.0, NAN, *USUAL.losses[3:])),
    "half dead": replace(USUAL, dead=0.5),
    "bounded": replace(USUAL, outputs="steep tanh"),
    "fading": replace(USUAL, gradients=(1e-5, 1, 1, 1)),
    "growing": replace(USUAL, gradients=(1e4, 1, 1, 1)),
    "together": replace(USUAL, about={"steps_per_execution": 4}),
}
MODULES = (rules, signs, loss_signs, notes, gradient_notes)
HARD_WORDS = (
    "kernel",
    "norm",
    "gradient",
    "gradient entry",
    "channel",
    "dead",
    "saturated",
    "convolution",
    "relu",
    "probe images",
    "validation images",
    "logits",
    "median",
    "loss of guessing",
    "update-to-weight ratio",
)
FROM_SHARED = {"guessing", "unsolved"}


def rules_written_down():
    sources = "".join(inspect.getsource(module) for module in MODULES)
    return FROM_SHARED | set(re.findall(r'Finding\(\s*"(\w+)"', sources))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Give a run of every course, one of them with a damaged step."""
    root = tmp_path_factory.mktemp("runs")
    made = {name: record(root / name, course) for name, course in COURSES.items()}
    files.step_file(root / "half dead" / files.STEPS, 3).write_bytes(b"")
    return {name: runs.open_run(run.folder) for name, run in made.items()}


def findings_of(run):
    judgement = judge(run)
    return judgement.findings + judgement.notes


def steps_of(run):
    """Return the steps that a recording knows of; an empty one knows of its beginning."""
    metrics = run.metrics()
    told = [*metrics.train["step"], *metrics.validation["step"]]
    return {0, *run.steps.tolist(), *run.damaged, *map(int, told)}


def test_the_courses_make_every_rule_and_note_speak(recorded):
    spoken = {finding.rule for run in recorded.values() for finding in findings_of(run)}
    assert spoken == rules_written_down()


@pytest.mark.parametrize("name", COURSES)
def test_every_finding_has_a_step_of_the_recording(recorded, name):
    run = recorded[name]
    for finding in findings_of(run):
        assert type(finding.step) is int
        assert finding.step in steps_of(run), finding.rule
        assert finding.moment == MOMENTS[finding.when].format(finding.step)


@pytest.mark.parametrize("name", COURSES)
def test_every_finding_names_numbers_in_relation_to_a_threshold_a_source_and_a_chart(
    recorded, name
):
    for finding in findings_of(recorded[name]):
        assert finding.numbers, finding.rule
        for number in finding.numbers:
            assert RELATIONS[number.relation](number.value, number.threshold), finding.rule
        assert finding.source
        is_of_nothing = finding.rule in ("nothing_known", "cannot_tell")
        assert finding.chart in ([""] if is_of_nothing else CHARTS)


@pytest.mark.parametrize("name", COURSES)
def test_the_shell_tells_every_rule_and_its_step_in_words_and_in_json(recorded, name, capsys):
    run = recorded[name]
    assert main(["verdict", str(run.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["verdict", str(run.folder), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    told = values["findings"] + values["notes"]
    for finding, entry in zip(findings_of(run), told, strict=True):
        assert any(f"({finding.rule}, {finding.moment})" in line for line in lines)
        assert f"{finding.step:,}" in finding.moment
        assert (entry["rule"], entry["step"], entry["when"]) == (
            finding.rule,
            finding.step,
            finding.when,
        )


def test_every_hard_word_of_a_finding_is_explained(recorded):
    document = (PROJECT / "docs" / "verdicts.md").read_text(encoding="utf-8")
    words = document.partition("## Words\n")[2].partition("\n## ")[0]
    explained = {word.lower() for word in re.findall(r"\*\*(.+?)\*\*", words)}
    told = " ".join(
        " ".join((one.title, one.words, *(number.name for number in one.numbers))).lower()
        for run in recorded.values()
        for one in findings_of(run)
    )
    used = [word for word in HARD_WORDS if word.replace("entry", "entries") in told]
    assert len(used) > len(HARD_WORDS) / 2
    assert set(HARD_WORDS) <= explained


def test_what_holds_is_dated_to_where_its_last_stretch_began(tmp_path, rng):
    losses = tuple(np.r_[rng.uniform(0.1, 2, 150), rng.uniform(1, 2, 50)])
    evidence = gather(record(tmp_path / "run", replace(USUAL, losses=losses)))
    shares = [np.median(losses[max(0, end - 40) : end]) / np.log(CLASSES) for end in range(1, 201)]
    assert shares[-1] == pytest.approx(evidence.late_share)
    first = 199
    while first and shares[first - 1] >= UNSOLVED.value:
        first -= 1
    assert 0 < first < 199
    assert evidence.loss_since(UNSOLVED) == first
    assert evidence.loss_since(UNSOLVED, crossed=False) is None


def test_a_healthy_run_tells_since_when_it_learned_and_its_gradients_arrived(recorded):
    found = {finding.rule: finding for finding in findings_of(recorded["usual"])}
    shares = [np.median(USUAL.losses[max(0, end - 40) : end]) for end in range(1, 201)]
    below = np.array(shares) / np.log(CLASSES) < 0.95
    began = int(np.argmax(below))
    assert 0 < began == 200 - np.count_nonzero(below)
    assert found["learns"].moment == f"from step {began} on"
    assert found["living_gradients"].moment == "from step 0 on"


def test_what_is_judged_by_several_steps_and_has_just_turned_is_dated_to_the_end(tmp_path):
    evidence = gather(record(tmp_path / "run", USUAL))
    shares = np.full(len(STEPS), 0.9)
    shares[-2] = 0.1  # the last step has no gradients
    shares[-1] = np.nan
    turned = replace(evidence, zeros=np.repeat(shares[:, None], 3, axis=1))
    finding = signs.zero_gradients(turned)
    assert (finding.numbers[0].value, finding.moment) == (0.9, "judged at step 200")
    steady = replace(evidence, zeros=np.where(turned.zeros < 0.5, 0.9, turned.zeros))
    assert signs.zero_gradients(steady).moment == "from step 0 on"


def test_late_is_the_median_of_the_last_five_recorded_steps(tmp_path):
    evidence = gather(record(tmp_path / "run", USUAL))

    def late(*last):
        shares = np.r_[np.zeros(len(STEPS) - 1 - len(last)), last, np.nan]
        return replace(evidence, zeros=np.repeat(shares[:, None], 3, axis=1)).late_zeros

    assert late(1, 0.75, 0.5, 0.25, 0.125) == 0.5
    assert late(1, 1, 1, 0, 0) == 1
    assert late(1, 1, 1, 1, 0, 0, 0) == 0


def test_before_anything_is_recorded_nothing_is_said_of_layers(recorded):
    assert {finding.rule for finding in findings_of(recorded["empty"])} == {"nothing_known"}
