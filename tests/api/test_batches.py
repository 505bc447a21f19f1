"""Batches over the API: counted, returned as files, controlled, and not visible to other sites."""

import csv
import io
import json
from typing import Any

import pytest
from pyarrow import parquet
from sqlalchemy import select, update

from schemas.trials.library import load_library
from service.actions.batch_totals import BatchTotals
from storage.batches.models import Batch, BatchChunk, BatchPart, BatchPayload, BatchResult
from storage.models import TrialVersion
from storage.trials import put_trial
from tests.api.batches import BATCHES, CSV, ask, finished_batch, post, rows, stored
from tests.api.running import Service
from tests.api.test_bad_input import MARK, check_problem
from workers.batches import screen_chunks as workers_batches


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
