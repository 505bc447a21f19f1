"""Settings are read from variables; an unusable variable is named, its value never quoted."""

from dataclasses import fields
from pathlib import Path

import pytest

from settings.configuration import Settings, SettingsError


def test_without_variables_the_defaults_apply() -> None:
    settings = Settings.from_env({})
    assert settings.port == 8000
    assert settings.database_url == f"sqlite:///{Path('var').resolve() / 'trialmatch.db'}"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_env({"TRIALMATCH_PORT": "", "TRIALMATCH_DATABASE_URL": ""}) == Settings()


def test_variables_without_the_prefix_are_ignored() -> None:
    assert Settings.from_env({"PORT": "1", "DATABASE_URL": "sqlite:////elsewhere"}) == Settings()


@pytest.mark.parametrize("given", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg2://u@h/d"])
def test_postgres_urls_get_the_driver_that_is_installed(given: str) -> None:
    assert Settings(database_url=given).database_url == "postgresql+psycopg://u@h/d"


def test_a_password_survives_in_the_url() -> None:
    settings = Settings(database_url="postgresql://u:p%40ss@h/d")
    assert settings.database_url == "postgresql+psycopg://u:p%40ss@h/d"


def test_a_process_started_with_these_settings_has_these_settings(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=1234, broker_url="redis://:secret@h:1/2", log_level="DEBUG")
    assert Settings.from_env(settings.to_env()) == settings


def test_the_database_in_the_folder_moves_with_the_folder(tmp_path: Path) -> None:
    assert Settings().within(tmp_path).database_url == f"sqlite:///{tmp_path / 'trialmatch.db'}"


def test_a_database_elsewhere_stays(tmp_path: Path) -> None:
    elsewhere = Settings(database_url="postgresql://u@h/d")
    assert elsewhere.within(tmp_path).database_url == elsewhere.database_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRIALMATCH_PORT", "eighty"),
        ("TRIALMATCH_PORT", "70000"),
        ("TRIALMATCH_MAX_ATTEMPTS", "777"),
        ("TRIALMATCH_LOG_LEVEL", "LOUD"),
        ("TRIALMATCH_DATABASE_URL", "not a url"),
        ("TRIALMATCH_DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("TRIALMATCH_TASK_SECONDS", "599"),
    ],
)
def test_an_unusable_variable_is_named_but_not_quoted(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        Settings.from_env({name: value})
    assert value not in str(caught.value)


def test_printing_settings_shows_no_password() -> None:
    settings = Settings(database_url="postgresql://u:hunter2@h/d", broker_url="redis://:hunter2@h:1/0")
    assert "hunter2" not in repr(settings)


def test_every_setting_is_documented() -> None:
    assert [setting.name for setting in fields(Settings) if not setting.metadata.get("doc")] == []
