"""Fixtures: temporary packages for a test, and a separate environment for the example package."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugins.environment import Environment, make_environment
from tests.plugins.packages import forget_packages, make_package

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Create packages that the project finds. The caches of entry points are cleared before and after."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, *entries: str, **files: str) -> None:
        make_package(tmp_path, name, *entries, **files)
        forget_packages()

    yield make
    for name in set(sys.modules) - before:
        del sys.modules[name]
    monkeypatch.undo()
    forget_packages()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A fresh environment that sees the project."""
    return make_environment(tmp_path_factory.mktemp("environment"))
