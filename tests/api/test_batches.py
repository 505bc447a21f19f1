"""Batches over the API: uploaded, screened in chunks, returned as files, and invisible to other sites."""

import csv
import gzip
import io
import json
from typing import Any

import pytest
from pyarrow import parquet
from sqlalchemy import event, func, select, update
from werkzeug.test import TestResponse

from schemas.trials.library import load_library
from service.actions.batch_totals import BatchTotals
from service.api.request_bodies import FILE_TYPES
from storage.batches.models import Batch, BatchChunk, BatchPart, BatchPayload, BatchResult
from storage.models import TrialVersion
from storage.trials import put_trial
from support.synthetic_patients import synthetic_summaries
from tests.api.running import Service, example
from tests.api.test_bad_input import MARK, check_problem
from workers.batches import screen_chunks as workers_batches

BATCHES = "/api/v1/batches"
SEND = f"{BATCHES}?deidentified=true"
CSV = "text/csv"


def rows(number: int, seed: int = 0) -> list[dict[str, Any]]:
    return [row | {"patient_ref": f"R-{place}"} for place, row in enumerate(synthetic_summaries(number, seed=seed))]


def post(service: Service, data: Any, content_type: str = CSV, address: str = SEND, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client("registrar").post(address, data=data, content_type=content_type, headers=named)


def finished_batch(service: Service, number: int = 250, **wrong: Any) -> dict[str, Any]:
    """Send a batch of three chunks and screen it to its end."""
    found = service.send_batch([*rows(number), *([wrong] if wrong else [])])
    service.work_on(found["id"])
    return ask(service, found["links"]["batch"]).get_json()  # type: ignore[no-any-return]


def ask(service: Service, address: str) -> TestResponse:
    return service.client().get(address)


def stored(service: Service, *tables: Any) -> list[int]:
    with service.database.session() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


# --- sending ---------------------------------------------------------------------------------------


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


# --- results ---------------------------------------------------------------------------------------


def test_results_come_as_parquet_ndjson_and_csv(service: Service) -> None:
    found = finished_batch(service)
    address = found["links"]["results"]
    answer = ask(service, address)
    assert answer.headers["X-Batch-State"] == "done"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{found["id"]}.parquet"'
    table = parquet.read_table(io.BytesIO(answer.data))
    assert table.num_rows == 250
    assert table.column("row").to_pylist() == list(range(1, 251))
    lines = [json.loads(line) for line in ask(service, f"{address}?format=ndjson").text.splitlines()]
    assert [line["patient_ref"] for line in lines] == table.column("patient_ref").to_pylist()
    text = ask(service, f"{address}?format=csv").text.splitlines()
    assert len(text) == 251
    for trial in found["trials"]:
        column = table.column(trial["trial"]).to_pylist()
        assert column.count("eligible") == trial["eligible"]
        assert [line["verdicts"][trial["trial"]] for line in lines] == column


def test_results_can_be_limited_to_a_trial_and_a_verdict(service: Service) -> None:
    found = finished_batch(service)
    address = found["links"]["results"]
    trial = max(found["trials"], key=lambda counts: counts["possible"])
    query = f"?format=ndjson&trial={trial['trial']}&verdict=possible"
    lines = [json.loads(line) for line in ask(service, address + query).text.splitlines()]
    assert len(lines) == trial["possible"] > 0
    assert {tuple(line["verdicts"].items()) for line in lines} == {((trial["trial"], "possible"),)}
    eligible_rows = list(csv.reader(ask(service, f"{address}?format=csv&verdict=eligible").text.splitlines()))[1:]
    assert 0 < len(eligible_rows) < 250
    assert all("eligible" in line for line in eligible_rows)
    check_problem(ask(service, f"{address}?trial=NCT99999999"), 404)
    check_problem(ask(service, f"{address}?format=xlsx"), 422)


def test_attrition_in_sequence_is_at_most_attrition_alone(service: Service) -> None:
    found = finished_batch(service)
    body = ask(service, found["links"]["attrition"]).get_json()
    assert (body["rows"], body["matched"]) == (250, 250)
    assert "investigator" in body["notice"]
    assert {counts["trial"] for counts in body["trials"]} == set(load_library().trials)
    for trial in body["trials"]:
        assert all(0 <= criterion["in_sequence"] <= criterion["alone"] <= 250 for criterion in trial["attrition"])


def test_the_template_is_read_back(service: Service) -> None:
    for form in ("wide", "long"):
        answer = ask(service, f"{BATCHES}/template?form={form}")
        assert answer.mimetype == CSV
        header = answer.text.strip()
        assert "patient_ref" in header
        options = json.dumps({"long": form == "long"})
        batch = post(service, f"{header}\nA-1{',' * header.count(',')}\n".encode(), X_Read_Options=options)
        service.work_on(batch.get_json()["id"])
        after = ask(service, batch.get_json()["links"]["batch"]).get_json()
        assert (after["state"], after["progress"]["matched"], after["faults"]) == ("done", 1, [])
    check_problem(ask(service, f"{BATCHES}/template?form=round"), 422)


def test_counts_grow_with_the_chunks_and_are_the_same_in_a_new_process(service: Service) -> None:
    found = service.send_batch(rows(250))
    assert service.work_on(found["id"], max_chunks=1) == 1
    part = ask(service, found["links"]["batch"]).get_json()
    assert (part["state"], part["progress"]["rows"]) == ("screening", 100)
    assert sum(part["trials"][0][verdict] for verdict in ("eligible", "possible", "ineligible")) == 100
    lines = ask(service, found["links"]["results"] + "?format=ndjson")
    assert (lines.headers["X-Batch-State"], len(lines.text.splitlines())) == ("screening", 100)
    with service.database.session() as session:
        session.execute(update(BatchChunk).where(BatchChunk.batch_id == found["id"]).values(sent_at=None))
    service.work_on(found["id"])
    whole = ask(service, found["links"]["attrition"]).get_json()
    from storage.batches.progress import get_batch

    with service.database.session() as session:
        site_id = session.scalars(select(Batch.site_id).where(Batch.id == found["id"])).one()
        view = get_batch(session, site_id, found["id"])
    assert view is not None
    fresh = BatchTotals(service.database).of(view)
    assert {key: whole[key] for key in ("rows", "matched", "bad")} == {
        key: fresh[key] for key in ("rows", "matched", "bad")
    }
    assert whole["trials"] == fresh["trials"]


def test_a_failing_chunk_is_parked_its_rows_are_listed_and_retried(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = service.send_batch(rows(250))
    screen = workers_batches.screen_chunk

    def fail(payload: bytes, *rest: Any) -> Any:
        result = screen(payload, *rest)
        if result.numbers[0] == 101:
            raise KeyError(MARK)
        return result

    with monkeypatch.context() as patched:
        patched.setattr(workers_batches, "screen_chunk", fail)
        for _ in range(3):
            service.work_on(found["id"])
            with service.database.session() as session:
                session.execute(update(BatchChunk).where(BatchChunk.state == "waiting").values(sent_at=None))
        service.work_on(found["id"])
    after = ask(service, found["links"]["batch"]).get_json()
    assert (after["state"], after["progress"]["chunks_done"], after["progress"]["chunks_parked"]) == ("done", 2, 1)
    lines = ask(service, found["links"]["errors"]).text.splitlines()[1:]
    assert [int(line.split(",")[0]) for line in lines] == list(range(101, 201))
    assert all("KeyError" in line and MARK not in line for line in lines)
    again = service.client().post(found["links"]["batch"] + "/rescreen")
    assert (again.status_code, again.get_json()["state"], again.get_json()["round"]) == (202, "screening", 0)
    with service.database.session() as session:  # sent to the real queue of the test, which has no worker
        session.execute(update(BatchChunk).where(BatchChunk.state == "waiting").values(sent_at=None))
    assert service.work_on(found["id"]) == 1
    assert ask(service, found["links"]["batch"]).get_json()["progress"]["matched"] == 250
    assert ask(service, found["links"]["errors"]).text == "row,path,message\n"


# --- changes of a batch ----------------------------------------------------------------------------


def test_a_batch_is_paused_resumed_and_cancelled(service: Service) -> None:
    found = service.send_batch(rows(250))
    here, client = found["links"]["batch"], service.client("admin")
    assert client.post(f"{here}/pause").get_json()["state"] == "paused"
    assert check_problem(client.post(f"{here}/pause"), 409)["detail"] == "The batch is paused."
    assert service.work_on(found["id"]) == 0
    assert client.post(f"{here}/resume").get_json()["state"] == "splitting"
    check_problem(client.post(f"{here}/resume"), 409)
    assert service.work_on(found["id"], max_chunks=1) == 1
    assert client.post(f"{here}/cancel").get_json()["state"] == "cancelled"
    check_problem(client.post(f"{here}/cancel"), 409)
    check_problem(client.post(f"{here}/rescreen"), 409)
    assert service.work_on(found["id"]) == 0
    after = ask(service, here).get_json()
    assert (after["state"], after["progress"]["rows"]) == ("cancelled", 100)
    assert len(ask(service, found["links"]["results"] + "?format=ndjson").text.splitlines()) == 100


def test_there_are_no_results_before_the_first_chunk(service: Service) -> None:
    found = service.send_batch(rows(3))
    check_problem(ask(service, found["links"]["results"]), 409)
    assert ask(service, found["links"]["errors"]).text == "row,path,message\n"
    assert ask(service, found["links"]["attrition"]).get_json()["rows"] == 0


def test_a_rescreen_matches_only_the_trial_that_changed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    found = finished_batch(service, 120)
    before = [json.loads(line) for line in ask(service, found["links"]["results"] + "?format=ndjson").text.splitlines()]
    changed = found["trials"][0]["trial"]
    _rewrite(service, changed)
    seen: list[set[str]] = []
    screen = workers_batches.rescreen_chunk

    def spy(payload: bytes, old: Any, trials: Any, options: Any) -> Any:
        seen.append({trial.id for trial in trials if old.versions.get(trial.id) != trial.version})
        return screen(payload, old, trials, options)

    monkeypatch.setattr(workers_batches, "rescreen_chunk", spy)
    answer = service.client().post(found["links"]["batch"] + "/rescreen")
    assert (answer.status_code, answer.get_json()["round"], answer.get_json()["progress"]["chunks_done"]) == (202, 1, 0)
    with service.database.session() as session:
        session.execute(update(BatchChunk).where(BatchChunk.state == "waiting").values(sent_at=None))
    assert service.work_on(found["id"]) == 2
    assert seen == [{changed}, {changed}]
    after = ask(service, found["links"]["batch"]).get_json()
    versions = {counts["trial"]: counts["version"] for counts in after["trials"]}
    assert versions[changed] != found["trials"][0]["version"]
    lines = [json.loads(line) for line in ask(service, found["links"]["results"] + "?format=ndjson").text.splitlines()]
    assert {line["verdicts"][changed] for line in lines} == {"ineligible"}
    for old, new in zip(before, lines, strict=True):
        assert list(new["verdicts"]) == list(old["verdicts"])
        assert {k: v for k, v in old["verdicts"].items() if k != changed} == {
            k: v for k, v in new["verdicts"].items() if k != changed
        }
    fresh = service.send_batch(rows(120))
    service.work_on(fresh["id"])
    assert ask(service, fresh["links"]["results"]).data == ask(service, found["links"]["results"]).data


def _rewrite(service: Service, trial_id: str) -> None:
    """Store a version of the trial with a minimum age that no patient reaches."""
    from schemas.trials.trial_file import stored_trial
    from storage.sites import find_key

    with service.database.session() as session:
        principal = find_key(session, service.keys["curator"])
        assert principal is not None
        wanted = select(TrialVersion.body).where(TrialVersion.trial_id == trial_id)
        body = session.scalars(wanted.where(TrialVersion.site_id == principal.site_id)).first()
        assert body is not None
        text = body.replace("include:\n", "include:\n  - age: {min: 120 years}\n", 1)
        assert text != body
        put_trial(session, principal, trial_id, stored_trial(text, trial_id).version, text)


def test_deleting_a_batch_deletes_all_its_rows(service: Service) -> None:
    tables = (Batch, BatchPart, BatchChunk, BatchPayload, BatchResult)
    before = stored(service, *tables)
    found = finished_batch(service)
    assert stored(service, *tables) != before
    assert service.client().delete(found["links"]["batch"]).status_code == 204
    assert stored(service, *tables) == before
    check_problem(service.client().delete(found["links"]["batch"]), 404)
    for address in found["links"].values():
        check_problem(ask(service, address), 404)


def test_batches_of_another_site_are_not_found(service: Service) -> None:
    ours = finished_batch(service, 120)
    theirs = service.send_batch(rows(50, seed=7), service.foreign_key)
    service.work_on(theirs["id"])
    foreign = service.client_with(service.foreign_key)
    for client, batch in ((foreign, ours), (service.client("admin"), theirs)):
        for address in batch["links"].values():
            check_problem(client.get(address), 404)
        for action in ("pause", "resume", "cancel", "rescreen"):
            check_problem(client.post(f"{batch['links']['batch']}/{action}"), 404)
        check_problem(client.delete(batch["links"]["batch"]), 404)
        assert batch["id"] not in client.get(f"{BATCHES}?limit=200").text
    assert foreign.get(theirs["links"]["batch"]).get_json()["progress"]["rows"] == 50
    assert ask(service, ours["links"]["batch"]).get_json()["progress"]["rows"] == 120


def test_a_list_continues_at_its_next_address(service: Service) -> None:
    created = [service.send_batch(rows(1))["id"] for _ in range(3)]
    page = ask(service, f"{BATCHES}?limit=2").get_json()
    rest = ask(service, page["next"]).get_json()
    assert [batch["id"] for batch in [*page["batches"], *rest["batches"]]][:3] == created[::-1]
