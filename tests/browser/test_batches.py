"""Uploading a registry, following its progress and reading its results, in a real browser."""

import csv
import io
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.servers import processes_of
from tests.browser.visiting import Visit

VisitOf = Callable[..., Visit]
LATE_MS = 150_000
"""The batch worker has a lower priority, and the machine may be busy."""

HEADER = ["id", "Alter", "sex", "diagnosis.histology", "diagnosis.margins", "performance.ecog", "remark"]
HISTOLOGIES = ("papillary", "follicular", "medullary", "papilary")


def registry(rows: int = 60) -> bytes:
    """A table with two headers to map, one column to skip, and every fourth histology misspelt."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for number in range(rows):
        histology = HISTOLOGIES[number % 4]
        writer.writerow(
            [f"REG-{number:04}", 30 + number % 50, ("female", "male")[number % 2], histology, "R0", number % 3, "x"]
        )
    return out.getvalue().encode()


def upload(visit: Visit, data: bytes, name: str = "registry.csv") -> Page:
    page = visit.go("/batches/new")
    page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
    page.get_by_label("The file is de-identified").check()
    page.get_by_role("button", name="Upload and preview").click()
    return page


def map_columns(page: Page) -> None:
    """Map the columns, as a registrar would."""
    page.get_by_label("Column 1, id, contains").fill("patient_ref")
    page.get_by_label("Column 2, Alter, contains").fill("age")
    page.get_by_label("Unit of column 2").fill("years")
    page.get_by_label("Column 7, remark, contains").fill("")


def wait_until_done(page: Page) -> None:
    """Wait for the end; re-screen parts that the busy machine parked, as the page says."""
    for _ in range(3):
        expect(page.get_by_role("button", name="Re-screen")).to_be_visible(timeout=LATE_MS)
        if page.get_by_text("could not be screened. Their rows").count() == 0:
            return
        page.get_by_role("button", name="Re-screen").click()


def shoot_attrition(page: Page, width: int, pictures: Path | None) -> None:
    if pictures is not None:
        page.get_by_role("region", name=re.compile("Attrition")).screenshot(path=pictures / f"attrition-{width}.png")
        page.screenshot(path=pictures / f"batch-top-{width}.png")


def test_a_registry_with_bad_rows_from_file_to_attrition(visit_of: VisitOf, width: int, pictures: Path | None) -> None:
    visit = visit_of("registrar", width)
    visit.go("/batches/new")
    visit.check()
    visit.shoot(pictures, "batch-new")
    page = upload(visit, registry())
    expect(page.get_by_role("heading", name="Preview", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Please correct")
    visit.check()
    visit.shoot(pictures, "batch-first-rows")
    page.get_by_role("button", name="Start screening").click()
    expect(page.get_by_role("alert")).to_be_visible()
    map_columns(page)
    page.get_by_role("button", name="Update preview").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("Column 2, Alter, contains")).to_have_value("age")
    page.get_by_role("button", name="Start screening").click()
    expect(page.get_by_role("heading", name="Registry of")).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batch-running")
    wait_until_done(page)
    expect(page.get_by_role("heading", name="Matches by trial")).to_be_visible()
    expect(page.get_by_label("Progress")).to_contain_text(re.compile(r"Matched\s*45"))
    expect(page.get_by_label("Progress")).to_contain_text(re.compile(r"Skipped rows\s*15"))
    skipped = page.get_by_role("region", name="Skipped rows")
    expect(skipped).to_contain_text("diagnosis.histology")
    expect(skipped).to_contain_text("did you mean papillary?")
    assert "papilary" not in page.content()
    expect(page.get_by_role("heading", name=re.compile("Attrition: "))).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batch")
    shoot_attrition(page, width, pictures)
    assert "REG-" not in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Results as CSV").click()
    assert "REG-0000" in Path(download.value.path()).read_text()
    page.get_by_role("link", name=re.compile("possible for NCT")).first.click()
    expect(page.get_by_role("rowheader", name="REG-").first).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batch-patients")


def test_a_batch_is_screened_again_and_deleted(visit_of: VisitOf) -> None:
    visit = visit_of("registrar")
    page = upload(visit, b"patient_ref,age\nR-1,40 years\n")
    page.get_by_role("button", name="Start screening").click()
    expect(page.get_by_label("Progress")).to_contain_text("Done", timeout=LATE_MS)
    page.get_by_role("button", name="Re-screen").click()
    expect(page.get_by_role("status")).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete this batch?")).to_be_visible()
    visit.check()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("status").first).to_contain_text("Batch deleted")
    visit.check()


def test_a_batch_is_paused_resumed_and_cancelled(visit_of: VisitOf) -> None:
    visit = visit_of("registrar")
    page = upload(visit, b"patient_ref,age\nP-1,40 years\nP-2,41 years\n")
    with batch_worker_stopped(visit.stack.settings.data_dir):
        page.get_by_role("button", name="Start screening").click()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_label("Progress")).to_contain_text("Paused")
        visit.check()
        page.get_by_role("button", name="Resume").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_label("Progress")).to_contain_text("Cancelled")


@contextmanager
def batch_worker_stopped(folder: Path) -> Iterator[None]:
    """Stop the processes of the batch worker, so that the batch is still running when it is paused."""
    working = [
        pid for pid in processes_of(folder) if b"workers.main:batch_app" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert working
    for pid in working:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in working:
            os.kill(pid, signal.SIGCONT)


def test_a_file_that_is_no_registry_is_refused_at_the_field(visit_of: VisitOf, width: int) -> None:
    visit = visit_of("registrar", width)
    page = upload(visit, b"%PDF-1.7 \x00\x01\x02", "notes.pdf")
    expect(page.locator("#file-fault")).to_be_visible()
    visit.check()


def test_a_file_is_discarded_before_anything_is_screened(visit_of: VisitOf) -> None:
    page = upload(visit_of("registrar", script=False), registry(3))
    page.get_by_role("button", name="Discard file").click()
    expect(page.get_by_role("status").first).to_contain_text("discarded")


def test_another_sites_batches_are_not_there_and_curators_have_none(visit_of: VisitOf) -> None:
    page = upload(visit_of("registrar"), registry(2))
    draft = page.url.removeprefix(visit_of().stack.url)
    map_columns(page)
    page.get_by_role("button", name="Start screening").click()
    expect(page.get_by_role("heading", name="Registry of")).to_be_visible()
    batch = page.url.removeprefix(visit_of().stack.url)
    stranger = visit_of("stranger")
    stranger.go("/batches")
    expect(stranger.page.get_by_role("heading", name="No batches yet")).to_be_visible()
    stranger.check()
    for address in (
        draft,
        batch,
        f"{batch}/progress",
        f"{batch}/delete",
        f"{batch}/errors.csv",
        f"{batch}/results.csv",
    ):
        stranger.go(address)
        expect(stranger.page.get_by_role("heading", name="Not found")).to_be_visible()
    curator = visit_of("curator")
    curator.go(batch)
    expect(curator.page.get_by_role("heading", name="No access")).to_be_visible()


@pytest.mark.parametrize("role", ["registrar"])
def test_the_list_of_batches(visit_of: VisitOf, width: int, role: str, pictures: Path | None) -> None:
    visit = visit_of(role, width)
    page = visit.go("/batches")
    expect(page.get_by_role("heading", name="Batches", level=1)).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batches")
