"""Sending a registry, following it and reading what came out, in a real browser."""

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
"""The batch worker makes way to everybody else, and the machine may be busy."""

HEADER = ["id", "Alter", "sex", "diagnosis.histology", "diagnosis.margins", "performance.ecog", "remark"]
HISTOLOGIES = ("papillary", "follicular", "medullary", "papilary")


def registry(rows: int = 60) -> bytes:
    """A table of a hospital's own: two headers to map, one column to leave out, every fourth histology misspelt."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for place in range(rows):
        histology = HISTOLOGIES[place % 4]
        writer.writerow(
            [f"REG-{place:04}", 30 + place % 50, ("female", "male")[place % 2], histology, "R0", place % 3, "x"]
        )
    return out.getvalue().encode()


def send(visit: Visit, data: bytes, name: str = "registry.csv") -> Page:
    page = visit.go("/batches/new")
    page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
    page.get_by_label("The file is de-identified").check()
    page.get_by_role("button", name="Send and look").click()
    return page


def mapped(page: Page) -> None:
    """Say what the columns state, as a registrar would."""
    page.get_by_label("What column 1, id, states").fill("patient_ref")
    page.get_by_label("What column 2, Alter, states").fill("age")
    page.get_by_label("Unit of bare numbers in column 2").fill("years")
    page.get_by_label("What column 7, remark, states").fill("")


def done(page: Page) -> None:
    """Wait for the end; a part that the busy machine gave up is tried again, as the page says."""
    for _ in range(3):
        expect(page.get_by_role("button", name="Re-screen")).to_be_visible(timeout=LATE_MS)
        if page.get_by_text("could not be screened. The rows").count() == 0:
            return
        page.get_by_role("button", name="Re-screen").click()


def test_a_registry_with_bad_rows_from_file_to_attrition(visit_of: VisitOf, width: int, pictures: Path | None) -> None:
    visit = visit_of("registrar", width)
    visit.go("/batches/new")
    visit.check()
    visit.shoot(pictures, "batch-new")
    page = send(visit, registry())
    expect(page.get_by_role("heading", name="The first rows")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("to mend before it can begin")
    visit.check()
    visit.shoot(pictures, "batch-first-rows")
    page.get_by_role("button", name="Begin screening").click()
    expect(page.get_by_role("alert")).to_be_visible()
    mapped(page)
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("What column 2, Alter, states")).to_have_value("age")
    page.get_by_role("button", name="Begin screening").click()
    expect(page.get_by_role("heading", name="Registry of")).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batch-running")
    done(page)
    expect(page.get_by_role("heading", name="Who fits which trial")).to_be_visible()
    expect(page.get_by_label("Progress")).to_contain_text(re.compile(r"Matched\s*45"))
    expect(page.get_by_label("Progress")).to_contain_text(re.compile(r"Bad rows\s*15"))
    bad = page.get_by_role("region", name="Bad rows")
    expect(bad).to_contain_text("diagnosis.histology")
    expect(bad).to_contain_text("did you mean papillary?")
    assert "papilary" not in page.content()
    expect(page.get_by_role("heading", name=re.compile("Attrition: "))).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batch")
    if pictures is not None:
        page.get_by_role("region", name=re.compile("Attrition")).screenshot(path=pictures / f"attrition-{width}.png")
        page.screenshot(path=pictures / f"batch-top-{width}.png")
    assert "REG-" not in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Results as CSV").click()
    text = Path(download.value.path()).read_text()
    assert "REG-0000" in text
    page.get_by_role("link", name=re.compile("possible for NCT")).first.click()
    expect(page.get_by_role("rowheader", name="REG-").first).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batch-patients")


def test_a_batch_is_screened_again_and_deleted(visit_of: VisitOf) -> None:
    visit = visit_of("registrar")
    page = send(visit, b"patient_ref,age\nR-1,40 years\n")
    page.get_by_role("button", name="Begin screening").click()
    expect(page.get_by_label("Progress")).to_contain_text("Done", timeout=LATE_MS)
    page.get_by_role("button", name="Re-screen").click()
    expect(page.get_by_role("status")).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete this batch?")).to_be_visible()
    visit.check()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("status").first).to_contain_text("The batch is deleted")
    visit.check()


def test_a_batch_is_paused_resumed_and_cancelled(visit_of: VisitOf) -> None:
    visit = visit_of("registrar")
    page = send(visit, b"patient_ref,age\nP-1,40 years\nP-2,41 years\n")
    with nobody_at_work(visit.house.settings.data_dir):
        page.get_by_role("button", name="Begin screening").click()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_label("Progress")).to_contain_text("Paused")
        visit.check()
        page.get_by_role("button", name="Resume").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_label("Progress")).to_contain_text("Cancelled")


@contextmanager
def nobody_at_work(folder: Path) -> Iterator[None]:
    """The processes of the batch worker stand still: no machine is so quick that there is nothing to pause."""
    working = [
        pid for pid in processes_of(folder) if b"workers.batches.main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert working
    for pid in working:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in working:
            os.kill(pid, signal.SIGCONT)


def test_what_is_no_registry_is_refused_at_the_field(visit_of: VisitOf, width: int) -> None:
    visit = visit_of("registrar", width)
    page = send(visit, b"%PDF-1.7 \x00\x01\x02", "notes.pdf")
    expect(page.locator("#file-fault")).to_be_visible()
    visit.check()


def test_a_file_is_discarded_before_anything_is_screened(visit_of: VisitOf) -> None:
    page = send(visit_of("registrar", script=False), registry(3))
    page.get_by_role("button", name="Discard the file").click()
    expect(page.get_by_role("status").first).to_contain_text("discarded")


def test_another_sites_batches_are_not_there_and_curators_have_none(visit_of: VisitOf) -> None:
    page = send(visit_of("registrar"), registry(2))
    draft = page.url.removeprefix(visit_of().house.url)
    mapped(page)
    page.get_by_role("button", name="Begin screening").click()
    expect(page.get_by_role("heading", name="Registry of")).to_be_visible()
    batch = page.url.removeprefix(visit_of().house.url)
    stranger = visit_of("stranger")
    stranger.go("/batches")
    expect(stranger.page.get_by_role("heading", name="No batch yet")).to_be_visible()
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
        expect(stranger.page.get_by_role("heading", name="Nothing here")).to_be_visible()
    curator = visit_of("curator")
    curator.go(batch)
    expect(curator.page.get_by_role("heading", name="Not for your role")).to_be_visible()


@pytest.mark.parametrize("role", ["registrar"])
def test_the_list_of_batches(visit_of: VisitOf, width: int, role: str, pictures: Path | None) -> None:
    visit = visit_of(role, width)
    page = visit.go("/batches")
    expect(page.get_by_role("heading", name="Batches", level=1)).to_be_visible()
    visit.check()
    visit.shoot(pictures, "batches")
