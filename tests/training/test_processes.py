from explorer.training import processes, queue


def test_the_cores_are_shared_among_the_slots(monkeypatch):
    monkeypatch.setenv("EXPLORER_JOBS", str(queue.num_cores()))
    assert processes.worker_environment()["TF_NUM_INTRAOP_THREADS"] == "1"
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    assert processes.worker_environment()["TF_NUM_INTRAOP_THREADS"] == str(queue.num_cores())


def test_a_process_with_one_core_computes_one_thing_at_a_time():
    chosen = processes.computing_environment(1)
    assert {chosen[f"TF_NUM_{way}_THREADS"] for way in ("INTRAOP", "INTEROP")} == {"1"}
    assert processes.computing_environment(4)["TF_NUM_INTEROP_THREADS"] == "2"


def test_settings_of_the_machine_go_before_those_of_the_explorer(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "77")
    chosen = processes.worker_environment()
    assert chosen["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert chosen["OMP_NUM_THREADS"] != "77"


def test_a_process_inherits_its_descriptor_and_prints_into_its_log(tmp_path):
    given, log = tmp_path / "given", tmp_path / "log"
    given.write_text("from the line")
    with given.open("rb") as line, log.open("ab") as printed:
        read = f"import os; print(os.read({line.fileno()}, 99), os.getsid(0) == os.getpid())"
        process = processes.start(
            "timeit", ["-n1", "-r1", read], log=printed, descriptor=line.fileno()
        )
        assert process.wait(60) == 0
    assert "b'from the line' True" in log.read_text()
