"""A chunk is the work of seconds whatever its rows are, and the same however often the batch is begun."""

import pytest

from registry.options import ReadOptions, read_options, stored_options
from settings.configuration import Settings
from workers.app import make_celery
from workers.dispatch import CHUNK

SECONDS_OF_A_NOTE, SECONDS_OF_A_BAD_ROW = 0.01, 0.0017
"""Measured, of a row whose twenty cells are all in the wrong column; a busy machine takes three times as long."""

AT_WORST = 3


@pytest.mark.parametrize(("rows", "kept"), [(40_000, 400), (100, 1), (150, 1)])
def test_a_chunk_of_notes_has_fewer_rows(rows: int, kept: int) -> None:
    assert stored_options(ReadOptions(), rows)["rows_per_chunk"] == rows
    assert stored_options(ReadOptions(notes="letter", deidentified=True), rows)["rows_per_chunk"] == kept


def test_it_is_read_as_it_was_stored() -> None:
    options = ReadOptions(notes="letter", deidentified=True, decimal=",")
    assert read_options(stored_options(options, 20_000)) == options


@pytest.mark.parametrize(
    ("options", "seconds"),
    [(ReadOptions(), SECONDS_OF_A_BAD_ROW), (ReadOptions(notes="letter", deidentified=True), SECONDS_OF_A_NOTE)],
)
def test_the_largest_chunk_is_done_before_it_is_taken_for_lost(options: ReadOptions, seconds: float) -> None:
    settings = Settings()
    task = make_celery(settings).tasks[CHUNK]
    rows = stored_options(options, settings.batch_chunk_rows)["rows_per_chunk"]
    assert AT_WORST * rows * seconds < task.soft_time_limit
