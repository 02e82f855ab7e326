"""What the guard of uploads says, asked without a server."""

import pytest

from explorer.web.uploads import ROUTE, Uploads
from tests.waiting import run_async

SCOPE = {"type": "http", "method": "PUT", "path": f"{ROUTE}a-session/1"}


@pytest.mark.parametrize("name", ["EXPLORER_UPLOADS_MB", "EXPLORER_UPLOAD_SECONDS"])
def test_a_setting_that_is_no_number_is_told(monkeypatch, name):
    monkeypatch.setenv(name, "many")
    status, words = refusal({b"content-length": b"1"})
    assert status == 500
    assert f"{name} is 'many'. It must be a whole number" in words


def refusal(headers):
    """Ask to upload; return the status and the words of the refusal."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {**SCOPE, "headers": list(headers.items())}
    guard = Uploads(_reached, held=lambda sessions: 0)
    run_async(guard(scope, None, send))
    return sent[0]["status"], sent[1]["body"].decode()


async def _reached(scope, receive, send):
    raise AssertionError("The app was asked.")
