"""A process that is thrown away: how it ends, and what it cannot reach."""

import shutil
import socket
import subprocess
import sys

import psutil
import pytest

from explorer.models.limits import run_apart
from explorer.paths import PROJECT
from tests.waiting import wait_until

STARTER = """
import sys
from pathlib import Path
from explorer.models.limits import run_apart

home = Path(sys.argv[1])
statement = f"import os, time; print(os.getpid(), file=open({str(home / 'id')!r}, 'w'), flush=True)"
run_apart("timeit", ["-n", "1", statement + "; time.sleep(60)"], home=home, seconds=90)
"""


def run_statement(statement, home, seconds=60):
    run_apart("timeit", ["-n", "1", "-r", "1", statement], home=home, seconds=seconds)


@pytest.mark.parametrize(
    ("statement", "seconds", "match"),
    [
        ("import time; time.sleep(60)", 0.5, "took too long"),
        ("import os; os.kill(os.getpid(), 11)", 60, "signal 11"),
        ("import os; os._exit(1)", 60, "exit status 1"),
    ],
)
def test_a_process_that_ends_badly_is_told_in_one_line(statement, seconds, match, tmp_path):
    with pytest.raises(ValueError, match=match):
        run_statement(statement, tmp_path, seconds)


def test_it_ends_with_the_process_that_started_it_however_that_was_killed(tmp_path):
    starter = subprocess.Popen([sys.executable, "-c", STARTER, tmp_path], cwd=PROJECT)
    told = wait_until(lambda: (tmp_path / "id").exists() and (tmp_path / "id").read_text())
    apart = psutil.Process(int(told))
    starter.kill()
    starter.wait()
    apart.wait(timeout=20)  # it would have slept for a minute


def test_it_reaches_no_network_where_the_system_can_take_that_away(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        statement = f"import socket; socket.create_connection({listening.getsockname()}, 9).close()"
        if can_be_cut_off():
            with pytest.raises(ValueError, match="exit status 1"):
                run_statement(statement, tmp_path)
        else:
            run_statement(statement, tmp_path)


def can_be_cut_off():
    """Ask the system's own program, which knows nothing of ours."""
    if not (program := shutil.which("unshare")):
        return False
    ways = (["--net"], ["--user", "--net"])
    return any(subprocess.run([program, *way, "true"]).returncode == 0 for way in ways)
