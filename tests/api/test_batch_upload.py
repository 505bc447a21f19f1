"""Uploads of registries over the API: options, media types, limits and repeats."""

import gzip
import io
import json
from typing import Any

import pytest
from pyarrow import parquet
from sqlalchemy import event

from schemas.trials.library import load_library
from service.api.request_bodies import FILE_TYPES
from storage.batches.models import Batch, BatchPart
from tests.api.batches import BATCHES, CSV, SEND, ask, finished_batch, post, rows, stored
from tests.api.running import Service, example
from tests.api.test_bad_input import MARK, check_problem


def test_a_registry_is_screened_and_counted(service: Service) -> None:
    found = service.send_batch(rows(250))
    assert (found["state"], found["replayed"], found["progress"]["rows"]) == ("splitting", False, 0)
    assert service.work_on(found["id"]) == 3
    after = ask(service, found["links"]["batch"]).get_json()
    assert after["state"] == "done"
    progress = after["progress"]
    assert (progress["rows"], progress["matched"], progress["bad"], progress["chunks"]) == (250, 250, 0, 3)
    assert [counts["trial"] for counts in after["trials"]] == sorted(load_library().trials)
    for trial in after["trials"]:
        assert trial["eligible"] + trial["possible"] + trial["ineligible"] == 250


def test_a_batch_gives_the_verdicts_of_a_single_submission(service: Service) -> None:
    patient_id = service.submit("ONE-1")
    service.match(patient_id)
    matches = ask(service, f"/api/v1/patients/{patient_id}/matches").get_json()["matches"]
    found = service.send_batch([example() | {"patient_ref": "ONE-1"}])
    service.work_on(found["id"])
    line = json.loads(ask(service, found["links"]["results"] + "?format=ndjson").text)
    assert line["verdicts"] == {match["trial"]: match["verdict"] for match in matches}


@pytest.mark.parametrize("media_type", FILE_TYPES)
def test_every_media_type_is_accepted(service: Service, media_type: str) -> None:
    lines = "".join(f"{json.dumps(row)}\n" for row in rows(3)).encode()
    tables = {
        CSV: b"patient_ref,age\nA-1,54 years\n",
        "text/tab-separated-values": b"patient_ref\tage\nA-1\t54 years\n",
    }
    bodies = tables | {"application/vnd.apache.parquet": _parquet(), "application/gzip": gzip.compress(lines)}
    answer = post(service, bodies.get(media_type, lines), media_type)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == answer.get_json()["links"]["batch"]
    assert service.work_on(answer.get_json()["id"]) == 1


def _parquet() -> bytes:
    import pyarrow as pa

    out = io.BytesIO()
    parquet.write_table(pa.table({"patient_ref": ["A-1"], "age": ["54 years"]}), out)
    return out.getvalue()


def test_options_come_from_the_query_and_the_header(service: Service) -> None:
    options = json.dumps({"delimiter": ";", "mapping": {"Alter": "age", "ID": "patient_ref"}})
    address = f"{SEND}&format=csv&assume_complete=therapies"
    answer = post(service, b"ID;Alter\nA-1;54 years\n", address=address, X_Read_Options=options)
    assert answer.status_code == 202, answer.text
    assert answer.get_json()["assumed_complete"] == ["therapies"]
    service.work_on(answer.get_json()["id"])
    after = ask(service, answer.get_json()["links"]["batch"]).get_json()
    assert (after["state"], after["progress"]["matched"], after["faults"]) == ("done", 1, [])
    assert json.loads(ask(service, after["links"]["results"] + "?format=ndjson").text)["assumed_complete"] == [
        "therapies"
    ]


WRONG_OPTIONS = [
    ("no confirmation", BATCHES, {}, "deidentified"),
    ("a denied confirmation", f"{BATCHES}?deidentified=false", {}, "deidentified"),
    ("an unknown list", f"{SEND}&assume_complete=therapy", {}, "assume_complete[0]"),
    ("an unknown format", f"{SEND}&format=xlsx", {}, "format"),
    ("options that are not JSON", SEND, {"X-Read-Options": "{x"}, "X-Read-Options"),
    ("options nested too deep", SEND, {"X-Read-Options": "[" * 5000}, "X-Read-Options"),
    ("options that are a list", SEND, {"X-Read-Options": "[]"}, "X-Read-Options"),
    ("an unknown option", SEND, {"X-Read-Options": '{"separator": ";"}'}, "$"),
    ("a mapping to a number", SEND, {"X-Read-Options": json.dumps({"mapping": {MARK: 7}})}, "mapping[0]"),
]


@pytest.mark.parametrize(
    ("address", "headers", "path"), [case[1:] for case in WRONG_OPTIONS], ids=[case[0] for case in WRONG_OPTIONS]
)
def test_wrong_options_are_rejected_with_their_path(
    service: Service, address: str, headers: dict[str, str], path: str
) -> None:
    before = stored(service, Batch)
    answer = service.client().post(address, data=b"patient_ref\nA\n", content_type=CSV, headers=headers)
    assert check_problem(answer, 422)["errors"][0]["path"] == path
    assert MARK not in answer.text
    assert stored(service, Batch) == before


WRONG_FILES = [
    ("nothing", b"", "empty"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither text nor Parquet"),
    ("a JSON list", b'[{"patient_ref": "A"}]', "list"),
    ("UTF-16", "patient_ref\nA\n".encode("utf-16"), "UTF-16"),
    ("gzip cut short", gzip.compress(b"patient_ref\nA\n" * 99)[:-12], "ends too early"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in WRONG_FILES], ids=[case[0] for case in WRONG_FILES])
def test_a_file_that_starts_like_no_registry_is_rejected_at_once(service: Service, data: bytes, words: str) -> None:
    before = stored(service, Batch)
    body = check_problem(post(service, data, "application/octet-stream"), 422)
    assert words in body["errors"][0]["detail"]
    assert stored(service, Batch) == before


def test_a_later_fault_fails_the_batch_and_keeps_the_rows_before_it(service: Service) -> None:
    lines = "".join(f"{json.dumps(row)}\n" for row in rows(250)).encode()
    long = b"".join(b'{"patient_ref": "L-%d", "note": "%s"}\n' % (number, b"a" * 900_000) for number in range(11))
    answer = post(service, gzip.compress(lines + long)[:-20], "application/x-ndjson")
    assert answer.status_code == 202
    assert service.work_on(answer.get_json()["id"]) > 0
    after = ask(service, answer.get_json()["links"]["batch"]).get_json()
    assert after["state"] == "failed"
    assert "ends too early" in after["faults"][0]["message"]
    assert after["progress"]["matched"] == 250
    assert ask(service, after["links"]["errors"]).text.splitlines()[1].startswith('0,$,"the gzip file ends too early')
    assert (
        len(ask(service, after["links"]["results"] + "?format=ndjson").text.splitlines())
        == after["progress"]["matched"]
    )


def test_bad_rows_are_listed_without_their_values(service: Service) -> None:
    wrong = {"patient_ref": "B-1", "diagnosis": {"histology": MARK}}
    found = finished_batch(service, 120, **wrong)
    assert (found["state"], found["progress"]["matched"], found["progress"]["bad"]) == ("done", 120, 1)
    answer = ask(service, found["links"]["errors"])
    assert answer.mimetype == CSV
    header, line = answer.text.splitlines()
    assert (header, line.split(",")[:2]) == ("row,path,message", ["121", "diagnosis.histology"])
    assert MARK not in answer.text


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "application/json"}, {"Content-Type": CSV, "Content-Encoding": "br"}]
)
def test_another_content_type_or_encoding_is_refused(service: Service, headers: dict[str, str]) -> None:
    check_problem(service.client().post(SEND, data=b"patient_ref\nA\n", headers=headers), 415)


@pytest.mark.parametrize("length_is_sent", [True, False])
def test_a_file_over_the_limit_is_rejected_and_not_kept(service: Service, length_is_sent: bool) -> None:
    before = stored(service, Batch, BatchPart)
    line = b'{"patient_ref": "A-%09d"}\n'
    data = b"".join(line % number for number in range(40_000))
    environ = {} if length_is_sent else {"wsgi.input_terminated": True}
    answer = service.client().post(
        SEND, input_stream=io.BytesIO(data), content_length=len(data) if length_is_sent else None,
        content_type="application/x-ndjson", environ_overrides=environ,
    )  # fmt: skip
    check_problem(answer, 413)
    assert stored(service, Batch, BatchPart) == before


@pytest.mark.parametrize("terminated", [True, False])
def test_a_file_of_a_client_that_hangs_up_is_not_kept(service: Service, terminated: bool) -> None:
    before = stored(service, Batch, BatchPart)
    answer = service.client().post(
        SEND, input_stream=io.BytesIO(b"patient_ref\nA-1\n"), content_type=CSV,
        environ_overrides={"CONTENT_LENGTH": "99"} | ({"wsgi.input_terminated": True} if terminated else {}),
    )  # fmt: skip
    assert check_problem(answer, 400)["type"].endswith("upload-cut-short")
    assert stored(service, Batch, BatchPart) == before


def test_a_repeat_with_its_key_is_the_same_batch_and_another_file_is_rejected(service: Service) -> None:
    data, key = b"patient_ref,age\nA-1,54 years\n", "batch-key"
    first = post(service, data, Idempotency_Key=key).get_json()
    again = post(service, data, Idempotency_Key=key)
    assert (again.status_code, again.get_json()["id"], again.get_json()["replayed"]) == (202, first["id"], True)
    other = post(service, data + b"A-2,55 years\n", Idempotency_Key=key)
    assert check_problem(other, 409)["type"].endswith("idempotency-key-reused")
    with_other_options = post(service, data, address=f"{SEND}&assume_complete=therapies", Idempotency_Key=key)
    check_problem(with_other_options, 409)
    foreign = service.client_with(service.foreign_key).post(
        SEND, data=data, content_type=CSV, headers={"Idempotency-Key": key}
    )
    assert foreign.get_json()["id"] != first["id"]


def test_without_a_queue_a_batch_is_stored_and_its_repeat_accepted(broken_service: Service) -> None:
    first = post(broken_service, b"patient_ref\nA-1\n", Idempotency_Key="Q")
    assert "stored" in check_problem(first, 503)["detail"]
    assert int(first.headers["Retry-After"]) >= 1
    again = post(broken_service, b"patient_ref\nA-1\n", Idempotency_Key="Q")
    assert (again.status_code, again.get_json()["replayed"]) == (202, True)
    assert stored(broken_service, Batch) == [1]


def test_a_full_disk_answers_507_and_nothing_is_kept_or_damaged(service: Service) -> None:
    before = stored(service, Batch, BatchPart)
    with service.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 20}")

    event.listen(service.database.engine, "checkout", limit)
    try:
        data = b"".join(b'{"patient_ref": "A-%09d"}\n' % number for number in range(30_000))
        full = post(service, data, "application/x-ndjson")
        assert check_problem(full, 507)["type"].endswith("storage-full")
        assert int(full.headers["Retry-After"]) >= 1
        assert ask(service, BATCHES).status_code == 200
        statuses = [202]
        # Rows deleted by other tests leave free pages.
        while statuses[-1] == 202 and len(statuses) < 2_000:
            body = example() | {"patient_ref": f"FULL-{len(statuses)}"}
            statuses.append(service.client().post("/api/v1/patients", json=body).status_code)
        assert statuses[-1] == 507
    finally:
        event.remove(service.database.engine, "checkout", limit)
        with service.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1073741823")
    assert stored(service, Batch, BatchPart) == before
    with service.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert finished_batch(service, 20)["state"] == "done"
