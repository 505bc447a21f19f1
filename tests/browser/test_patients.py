"""A coordinator's tasks in a real browser on the real stack, at both widths: form, note, result, question, list."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api.running import example
from tests.browser.visiting import NARROW, WIDE, Visit
from trialmatch.client import Client

NOTE = (
    "A 58-year-old woman with papillary thyroid carcinoma, tall cell variant. BRAF V600E was detected; RET and NTRK "
    "fusions were not found. She received radioiodine twice, 3.7 GBq as adjuvant treatment and 5.55 GBq 14 months ago. "
    "The last post-therapy scan showed no uptake in the lung nodules, the largest 8 mm. Her mother had breast cancer. "
    "Possible bone metastasis. No brain metastases. Lenvatinib is planned. ECOG 1. Thyroglobulin 84 ng/mL, antibodies "
    "negative. She has hypertension. Hemoglobin 11.2 g/dL."
)


def matched(visit: Visit, reference: str, name: str = "braf-micronodular") -> str:
    """Submit an example patient, wait for the match, and return the id."""
    client = Client(visit.stack.url, visit.stack.keys["North"])
    submission = client.submit_patient(example(name) | {"patient_ref": reference})
    client.wait_for_matches(submission)
    return str(submission["id"])


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focused element has this text or id, as a user without a mouse would."""
    for _ in range(150):
        page.keyboard.press("Tab")
        name = page.evaluate("(document.activeElement.innerText || '') + '|' + (document.activeElement.id || '')")
        if wanted in name:
            return
    raise AssertionError(f"{wanted} is not reached by the keyboard")


def test_a_patient_is_submitted_by_keyboard_alone(visit_of: Callable[..., Visit], width: int, pictures: Path) -> None:
    visit = visit_of("coordinator", width)
    page = visit.go("/patients")
    tab_to(page, "New patient")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paste a note")).to_be_visible()
    visit.check()
    visit.shoot(pictures, "new")
    tab_to(page, "Start form")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Patient reference")).to_be_visible()
    tab_to(page, "|patient_ref")
    page.keyboard.type(f"KEY-{width}")
    tab_to(page, "|age")
    page.keyboard.type("54")
    tab_to(page, "|sex")
    page.keyboard.press("f")
    tab_to(page, "|diagnosis-histology")
    page.keyboard.type("papillary")
    page.keyboard.press("Tab")
    tab_to(page, "Radioiodine")
    page.keyboard.press("Enter")
    tab_to(page, "Add course")
    page.keyboard.press("Enter")
    expect(page.locator("#radioiodine-courses-0-activity")).to_be_focused()
    page.keyboard.type("150")
    visit.check()
    visit.shoot(pictures, "submit")
    tab_to(page, "Match with trials")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"KEY-{width}")).to_be_visible()
    expect(page.get_by_role("heading", name="Ask next")).to_be_visible()
    visit.check()


def test_faults_are_shown_at_their_fields_and_corrected(
    visit_of: Callable[..., Visit], width: int, pictures: Path
) -> None:
    visit = visit_of("coordinator", width)
    page = visit.go("/patients/new")
    page.get_by_role("button", name="Start form").click()
    page.get_by_label("Patient reference").fill(f"FAULT-{width}")
    page.get_by_label("Age", exact=True).fill("200")
    page.get_by_label("Histology", exact=True).fill("papilary")
    page.get_by_role("button", name="Match with trials").click()
    expect(page.locator("#faults")).to_be_focused()
    expect(page.locator("#faults li")).to_have_count(2)
    visit.check()
    visit.shoot(pictures, "faults")
    page.locator("#faults").get_by_role("link", name="Histology").click()
    page.get_by_label("Histology", exact=True).fill("papillary")
    page.get_by_label("Age", exact=True).fill("20")
    page.get_by_role("button", name="Match with trials").click()
    expect(page.get_by_role("heading", name="Trials")).to_be_visible()


def test_a_draft_is_kept_while_it_is_typed(visit_of: Callable[..., Visit]) -> None:
    visit = visit_of("coordinator")
    page = visit.go("/patients/new")
    page.get_by_role("button", name="Start form").click()
    page.get_by_label("Patient reference").fill("KEPT")
    expect(page.locator("#kept")).to_contain_text("Draft saved")
    page.reload()
    expect(page.get_by_label("Patient reference")).to_have_value("KEPT")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_note_is_read_corrected_and_matched(visit_of: Callable[..., Visit], width: int, pictures: Path) -> None:
    visit = visit_of("coordinator", width)
    page = visit.go("/patients/new")
    page.get_by_label("Clinical note (English)").fill(NOTE)
    page.get_by_label("Year of the note").fill("2026")
    page.get_by_label("I confirm this note").check()
    page.get_by_role("button", name="Read note").click()
    page.get_by_label("Patient reference").fill(f"NOTE-{width}")
    page.locator("#age").fill("61")
    expect(page.locator("#decide-age-correct")).to_be_checked()
    page.locator(".fact", has_text="bone metastasis").get_by_label("Drop").check()
    visit.check()
    visit.shoot(pictures, "note")
    page.get_by_role("button", name="Match with trials").click()
    expect(page.locator("#faults")).to_contain_text("Please correct")
    visit.check()
    page.get_by_role("button", name="Accept the remaining").click()
    page.get_by_role("button", name="Match with trials").click()
    expect(page.get_by_role("heading", name=f"NOTE-{width}")).to_be_visible()
    page.locator("details.trial").first.locator("summary").click()
    expect(page.locator("details.trial").first).to_contain_text("age 61 years")
    visit.check()


def test_an_answer_changes_a_verdict_at_once(visit_of: Callable[..., Visit], width: int, pictures: Path) -> None:
    visit = visit_of("coordinator", width)
    patient_id = matched(visit, f"ASK-{width}")
    page = visit.go(f"/patients/{patient_id}")
    visit.check()
    page.locator("details.trial", has=page.locator(".verdict-possible")).first.locator("summary").click()
    visit.check()
    visit.shoot(pictures, "result")
    question = page.locator("li.question", has_text="Was NTRK1-3 tested?")
    question.get_by_role("button", name="Tested, nothing found").click()
    changed = page.locator(".changed")
    expect(changed).to_contain_text("Possible")
    expect(page.locator("li.question", has_text="Was NTRK1-3 tested?")).to_have_count(0)
    visit.check()
    visit.shoot(pictures, "changed")


def test_definitions_history_log_and_deletion(visit_of: Callable[..., Visit], width: int, pictures: Path) -> None:
    visit = visit_of("coordinator", width)
    patient_id = matched(visit, f"PAST-{width}")
    matched(visit, f"PAST-{width}", "ras-mutant-adult")
    page = visit.go(f"/patients/{patient_id}")
    page.get_by_role("link", name="Version 1").click()
    expect(page.get_by_text("This is version 1 of 2")).to_be_visible()
    visit.check()
    page.get_by_role("link", name="Definitions side by side").click()
    expect(page.get_by_role("heading", name="Radioiodine-refractory")).to_be_visible()
    visit.check()
    visit.shoot(pictures, "definitions")
    page.get_by_role("link", name="Result").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Screening log").click()
    assert "NCT" in Path(download.value.path()).read_text()
    page.get_by_role("link", name="Delete").click()
    visit.check()
    visit.shoot(pictures, "delete")
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("status").first).to_contain_text("deleted")


def test_the_list_is_searched_without_a_word_in_the_address(
    visit_of: Callable[..., Visit], width: int, pictures: Path
) -> None:
    visit = visit_of("coordinator", width)
    for name in ("braf-micronodular", "ras-mutant-adult", "medullary"):
        matched(visit, f"LIST-{width}-{name[:4]}", name)
    page = visit.go("/patients")
    visit.check()
    visit.shoot(pictures, "patients")
    page.get_by_label("Reference").fill(f"list-{width}")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("3 patients found")).to_be_visible()
    assert page.url.endswith("/patients")
    visit.check()
    page.get_by_label("Reference").fill("nobody is called this")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="No patients found")).to_be_visible()
    visit.check()


def test_an_empty_site_says_how_to_begin(visit_of: Callable[..., Visit], width: int, pictures: Path) -> None:
    visit = visit_of("stranger", width)
    page = visit.go("/patients")
    expect(page.get_by_role("heading", name="No patients yet")).to_be_visible()
    visit.check()
    visit.shoot(pictures, "empty")


def test_another_site_and_another_role_see_no_patient(visit_of: Callable[..., Visit], pictures: Path) -> None:
    coordinator = visit_of("coordinator")
    patient_id = matched(coordinator, "FOREIGN")
    for name, status in (("stranger", 404), ("curator", 403)):
        visit = visit_of(name)
        for place in ("", "/definitions", "/screening-log.csv", "/delete"):
            answer = visit.page.goto(f"{visit.stack.url}/patients/{patient_id}{place}")
            assert answer is not None
            assert answer.status == status
        visit.check()
        visit.shoot(pictures, f"error-{status}")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_without_javascript_a_patient_is_submitted_and_the_result_read(
    visit_of: Callable[..., Visit], size: int
) -> None:
    visit = visit_of("registrar", size, script=False)
    page = visit.go("/patients/new")
    page.get_by_role("button", name="Start form").click()
    page.get_by_label("Patient reference").fill(f"PLAIN-{size}")
    page.get_by_label("Age", exact=True).fill("54")
    page.locator("#part-therapies summary").first.click()
    page.get_by_role("button", name="Add therapy").click()
    page.get_by_label("Drug or class of drugs").fill("lenvatinib")
    page.get_by_role("button", name="Add therapy").click()
    expect(page.locator(".row-box")).to_have_count(2)
    page.get_by_role("button", name="Remove therapy 2").click()
    expect(page.locator(".row-box")).to_have_count(1)
    page.get_by_role("button", name="Match with trials").click()
    expect(page.get_by_role("heading", name="Trials")).to_be_visible()
    page.locator("details.trial summary").first.click()
    expect(page.locator("details.trial .lines").first).to_be_visible()
    expect(page.locator("h1")).to_have_text(re.compile(f"PLAIN-{size}"))
