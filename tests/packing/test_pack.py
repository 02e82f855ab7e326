import io
import json
import threading

import pytest

from explorer import runs
from explorer.cli import main
from explorer.disk import NoRoomError
from explorer.packing import PackError, pack, unpack, writing
from explorer.runs.hidden import hidden_folder
from explorer.runs.lock import writer_lock
from explorer.runs.write import update_description
from tests.packing.conftest import contents, packed_bytes, zipped


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_round_trip_keeps_every_byte(make_run, root, tmp_path):
    run = make_run()
    (run.folder / "resume.safetensors").write_bytes(
        (run.folder / "weights" / "00000000.safetensors").read_bytes()
    )
    (run.folder / "log.txt").write_text("A word.\n")
    size = pack([run], tmp_path / "one.run.zip")
    assert size == (tmp_path / "one.run.zip").stat().st_size
    with (tmp_path / "one.run.zip").open("rb") as file:
        (opened,) = unpack(file)
    before, after = files_of(run.folder), files_of(opened.folder)
    assert opened.folder == root / "short-run"
    assert json.loads(after["run.json"]) | {"bundled": False} == json.loads(before["run.json"])
    del before["run.json"], after["run.json"]
    assert after == before


def test_what_run_json_says_stays_the_same_to_the_byte_where_it_may(make_run, root):
    run = make_run()
    update_description(run.folder, name="Grüße")
    text = (run.folder / "run.json").read_text(encoding="utf-8")
    description = json.loads(text)
    del description["bundled"]
    (run.folder / "run.json").write_text(json.dumps(description, indent=3), encoding="utf-8")
    (opened,) = unpack(io.BytesIO(packed_bytes(run)))
    assert (opened.folder / "run.json").read_bytes() == (run.folder / "run.json").read_bytes()
    assert opened.name == "Grüße"


def test_what_is_no_part_of_the_recording_stays_behind(make_run):
    run = make_run()
    (run.folder / "landscapes").mkdir()
    for name in ("landscapes/x.npz", "worker.lock", "stop", "notes.txt", ".run.json.0123abcd"):
        (run.folder / name).write_bytes(b"x")
    assert set(contents(packed_bytes(run))) == {
        f"short-run/{name}"
        for name in ("run.json", "metrics.jsonl", "probe.safetensors")
        + tuple(
            f"{kind}/{path.name}"
            for kind in ("steps", "weights")
            for path in (run.folder / kind).iterdir()
        )
    }


def test_a_taken_id_gets_another_and_nobody_is_written_over(make_run, root):
    content = packed_bytes(make_run())
    (first,), (second,) = unpack(io.BytesIO(content)), unpack(io.BytesIO(content))
    assert first.id == "short-run"
    assert second.id != first.id
    assert second.description["id"] == second.id
    assert {run.id for run in runs.list_runs()} == {first.id, second.id}


def test_several_runs_come_together_or_not_at_all(make_run, root):
    one, two = make_run("one"), make_run("two")
    content = packed_bytes(one, two)
    broken = {**contents(content), "two/steps/00000001.safetensors": b"no tensors at all"}
    with pytest.raises(PackError, match="Run 'two' in the file is not opened"):
        unpack(io.BytesIO(zipped(broken.items())))
    assert list(root.iterdir()) == []
    assert [run.id for run in unpack(io.BytesIO(content))] == ["one", "two"]


def test_a_live_run_is_not_packed(make_run, tmp_path):
    run = make_run(status="running")
    with writer_lock(run.folder):
        run = runs.open_run(run.folder)
        with pytest.raises(PackError, match="packed when it has ended"):
            pack([run], tmp_path / "live.run.zip")
    assert list(tmp_path.glob("*.zip")) == []


def test_a_run_whose_process_was_killed_is_not_taken_for_a_live_one(make_run, root):
    content = packed_bytes(make_run(status="running"))
    (opened,) = unpack(io.BytesIO(content))
    assert opened.status == "failed"


def test_a_damaged_run_is_not_packed_and_an_older_file_stays(make_run, tmp_path):
    run, path = make_run(), tmp_path / "a.run.zip"
    path.write_bytes(b"older")
    (run.folder / "steps" / "00000001.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(PackError, match=r"steps/00000001.safetensors is"):
        pack([runs.open_run(run.folder)], path)
    assert path.read_bytes() == b"older"
    assert not list(tmp_path.glob(".*"))


def test_what_would_not_be_opened_again_is_not_packed(make_run, root, tmp_path, monkeypatch):
    run = make_run("short-run")
    odd = runs.open_run(run.folder.rename(tmp_path / "an odd name"))
    with pytest.raises(PackError, match=r"is called 'an odd name'\. Rename it first"):
        pack([odd], tmp_path / "odd.run.zip")
    two = [make_run(name) for name in ("one", "two")]
    most = len(contents(packed_bytes(*two)))
    monkeypatch.setattr(writing, "MOST_MEMBERS", most)
    pack(two, tmp_path / "two.run.zip")
    monkeypatch.setattr(writing, "MOST_MEMBERS", most - 1)
    with pytest.raises(PackError, match=f"The runs have {most} files together"):
        pack(two, tmp_path / "more.run.zip")
    assert [path.name for path in tmp_path.glob("*.zip")] == ["two.run.zip"]


def test_a_run_does_not_call_itself_bundled(make_run, root):
    (opened,) = unpack(io.BytesIO(packed_bytes(make_run(bundled=True))))
    assert "bundled" not in opened.description


def test_two_that_open_the_same_file_at_once_get_a_run_each(make_run, root):
    content, opened = packed_bytes(make_run()), []

    def open_it():
        opened.extend(unpack(io.BytesIO(content)))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.id for run in opened}) == len(runs.list_runs()) == 4


def test_those_who_open_files_at_once_never_take_more_than_all_runs_may(
    make_run, root, monkeypatch
):
    content, opened, refused = packed_bytes(make_run()), [], []
    monkeypatch.setenv("EXPLORER_MOST_GB", str(2.5 * len(content) / 1e9))

    def open_it():
        try:
            opened.extend(unpack(io.BytesIO(content)))
        except NoRoomError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), len(refused)) == (2, 4)
    assert all("are taken or promised" in words for words in refused)


def test_what_a_killed_opening_left_goes_with_the_next_one_and_others_at_work_stay(make_run, root):
    (root / ".unpacking-killed" / "0").mkdir(parents=True)
    with hidden_folder(root, ".unpacking-") as at_work:
        assert [path.name for path in root.iterdir()] == [at_work.name]
        (root / ".unpacking-killed").mkdir()
        opening = threading.Thread(target=unpack, args=[io.BytesIO(packed_bytes(make_run()))])
        opening.start()
        opening.join()
        assert sorted(path.name for path in root.iterdir()) == [at_work.name, "short-run"]
    assert [path.name for path in root.iterdir()] == ["short-run"]


def test_the_shell_packs_and_opens(make_run, root, tmp_path, monkeypatch, capsys):
    folders = [str(make_run(name).folder) for name in ("one", "two")]
    monkeypatch.chdir(tmp_path)
    assert main(["pack", folders[0]]) == 0
    packed = (tmp_path / "one.run.zip").read_bytes()
    for again in (["pack", folders[0]], ["pack", folders[1], "--output", "one.run.zip"]):
        assert main(again) == 2
        assert "'one.run.zip' is there already" in capsys.readouterr().err
    assert (tmp_path / "one.run.zip").read_bytes() == packed
    assert main(["pack", *folders]) == 2
    assert "--output" in capsys.readouterr().err
    assert main(["pack", *folders, "--output", "both.run.zip", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ["one", "two"]
    assert main(["unpack", "one.run.zip"]) == 0
    said = capsys.readouterr()
    assert said.out.split()[0] == "one"
    assert said.err == f"Opened in {str(root)!r}.\n"
    assert main(["unpack", "one.run.zip"]) == 0
    said = capsys.readouterr()
    assert said.out.split()[0] in [run.id for run in runs.list_runs()]
    assert "too: one. Tell them apart" in said.err
    assert main(["unpack", "both.run.zip", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["unpack", "nowhere.zip"]) == 2
    assert main(["unpack", str(root / "one" / "run.json")]) == 2
    assert "is no ZIP" in capsys.readouterr().err
