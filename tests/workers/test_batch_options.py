"""A chunk takes only seconds, whatever its rows are, and a retry of the batch gives the same chunks."""

import pytest

from registry.options import ReadOptions, read_options, stored_options
from settings.configuration import Settings
from workers.app import make_celery
from workers.dispatch import CHUNK

SECONDS_OF_A_NOTE, SECONDS_OF_A_BAD_ROW = 0.01, 0.0017
"""Measured for a row whose twenty cells are all in the wrong column; a busy machine takes three times as long."""

AT_WORST = 3


@pytest.mark.parametrize(("rows", "kept"), [(40_000, 400), (100, 1), (150, 1)])
def test_a_chunk_of_notes_has_fewer_rows(rows: int, kept: int) -> None:
    assert stored_options(ReadOptions(), rows)["rows_per_chunk"] == rows
    assert stored_options(ReadOptions(notes="letter", deidentified=True), rows)["rows_per_chunk"] == kept


def test_stored_options_are_read_unchanged() -> None:
    options = ReadOptions(notes="letter", deidentified=True, decimal=",")
    assert read_options(stored_options(options, 20_000)) == options


@pytest.mark.parametrize(
    ("options", "seconds"),
    [(ReadOptions(), SECONDS_OF_A_BAD_ROW), (ReadOptions(notes="letter", deidentified=True), SECONDS_OF_A_NOTE)],
)
def test_the_largest_chunk_ends_before_its_time_limit(options: ReadOptions, seconds: float) -> None:
    settings = Settings()
    task = make_celery(settings).tasks[CHUNK]
    rows = stored_options(options, settings.batch_chunk_rows)["rows_per_chunk"]
    assert AT_WORST * rows * seconds < task.soft_time_limit
