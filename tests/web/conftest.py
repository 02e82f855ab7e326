import pytest

from tests.web.serving import serve_two_runs


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    with serve_two_runs(tmp_path_factory.mktemp("served")) as found:
        yield found
