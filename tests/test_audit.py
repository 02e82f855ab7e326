"""The audit of dependencies, against a service of our own: the real one may be out of reach."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from explorer.paths import PROJECT

BAD = ("pillow", "9.0.0")  # the audit asks for it, to know whom it talks to
ID = "PYSEC-2026-1"


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = (asked["package"]["name"], asked["version"])
        found = [self._vulnerability(key[0])] if key in self.server.bad else []
        body = json.dumps({"vulns": found} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _vulnerability(self, name):
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]
        affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
        return {"id": ID, "summary": "It opens the door.", "affected": affected}

    def log_message(self, *_):
        """Say nothing: what was asked for is not of interest among the results of tests."""


@pytest.fixture(scope="module")
def server():
    with HTTPServer(("localhost", 0), Service) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


@pytest.fixture
def audit(server, tmp_path):
    """Audit a folder with one package, and return status and words."""
    about = tmp_path / "packages" / "door-1.0.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text("Metadata-Version: 2.1\nName: door\nVersion: 1.0\n")

    def audited(*, bad=(BAD,), accepted="", service=None):
        server.bad = set(bad)
        (tmp_path / "accepted.txt").write_text(accepted)
        command = [sys.executable, str(PROJECT / ".ci" / "audit.py")]
        command += ["--path", str(about.parents[1]), "--accepted", str(tmp_path / "accepted.txt")]
        command += ["--service", service or f"http://localhost:{server.server_port}/v1/query"]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return audited


def test_nothing_known_passes(audit):
    status, said = audit()
    assert (status, said) == (
        0,
        "1 packages audited, 0 vulnerabilities that nobody has accepted.\n",
    )


def test_a_known_vulnerability_fails_and_is_named(audit):
    status, said = audit(bad=[BAD, ("door", "1.0")])
    assert status == 1
    assert f"door 1.0: {ID}, mended in 2.0: It opens the door." in said


def test_an_accepted_one_passes_with_its_reason(audit):
    bad = [BAD, ("door", "1.0")]
    status, said = audit(bad=bad, accepted=f"# why\n{ID} The door is never opened.\n")
    assert status == 0
    assert "accepted: The door is never opened." in said
    assert audit(bad=bad, accepted="PYSEC-2026-2 Another one.\n")[0] == 1


def test_none_is_accepted_without_a_reason_or_for_ever(audit):
    status, said = audit(accepted=f"{ID}\n")
    assert status == 1
    assert "without a reason" in said
    assert "nobody has it any more" in audit(accepted=f"{ID} A reason.\n")[1]


@pytest.mark.parametrize("service", ["http://localhost:9/v1/query", "http://nowhere.invalid/"])
def test_a_service_out_of_reach_is_told_and_the_run_goes_on(audit, service):
    status, said = audit(service=service)
    assert status == 0
    assert "were NOT audited" in said


def test_who_knows_no_vulnerabilities_is_not_taken_for_the_service(audit):
    status, said = audit(bad=[])
    assert status == 0
    assert "were NOT audited" in said
