"""Any JSON value is read from the database as it was stored."""

import pytest

from storage.batches.models import Batch
from storage.batches.upload import begin_upload
from storage.database import Database
from tests.rows import new_principal


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("Größe µg 腫瘍 🙂", id="text beyond ASCII"),
        pytest.param("half of a pair: \ud83d", id="a lone surrogate, which UTF-8 cannot encode"),
        pytest.param(2**70, id="a number beyond 64 bits"),
        pytest.param([None, True, 1.5, {"": []}], id="nested values"),
    ],
)
def test_json_is_read_as_it_was_stored(database: Database, value: object) -> None:
    principal = new_principal(database)
    with database.session() as session:
        batch_id = begin_upload(session, principal, {"value": value})
    with database.session() as session:
        assert session.get_one(Batch, batch_id).options == {"value": value}
