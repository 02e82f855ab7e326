import pytest
from job_helpers import SMALL

from explorer.training.spec import TrainingSpec


@pytest.fixture(scope="session")
def prepared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def root(tmp_path, monkeypatch, prepared_cache):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(prepared_cache))
    monkeypatch.setenv("EXPLORER_JOBS", "1")
    return tmp_path / "runs"


@pytest.fixture
def small_spec():
    def make(**options):
        return TrainingSpec(**{**SMALL, **options})

    return make
