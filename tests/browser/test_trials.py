"""Reading, editing and re-screening trials in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from schemas.trials.library import load_library
from support.synthetic_patients import synthetic_summaries
from tests.browser.visiting import RunningStack, Visit
from trialmatch.client import Client

VisitOf = Callable[..., Visit]
TEXT = "#text"


@pytest.fixture(scope="module")
def patients(stack: RunningStack) -> list[str]:
    """Matched patients of the site North."""
    client = Client(stack.url, stack.keys["North"])
    submissions = [
        client.submit_patient(summary | {"patient_ref": f"TR-{number:03}"})
        for number, summary in enumerate(synthetic_summaries(24))
    ]
    return [str(client.wait_for_matches(submission)["patient"]) for submission in submissions]


def write(page: Page, text: str) -> None:
    page.locator(TEXT).fill(text)


def edited(trial_id: str, before: str, after: str) -> str:
    text = load_library().texts[trial_id]
    assert before in text
    return text.replace(before, after, 1)


def test_the_list_is_filtered_and_says_when_nothing_is_left(
    visit_of: VisitOf, width: int, pictures: Path | None
) -> None:
    visit = visit_of("coordinator", width)
    page = visit.go("/trials")
    expect(page.get_by_role("heading", name="Trials", level=1)).to_be_visible()
    visit.check()
    visit.shoot(pictures, "trials")
    page.get_by_label("Search").fill("redifferentiation")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("status")).to_contain_text("of")
    page.get_by_label("Search").fill("no such words")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name="No trials match the filter")).to_be_visible()
    visit.check()
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_role("rowheader").first).to_be_visible()


def test_a_trial_is_read_in_english_with_who_fits(
    visit_of: VisitOf, patients: list[str], width: int, pictures: Path | None
) -> None:
    visit = visit_of("coordinator", width)
    page = visit.go("/trials/NCT02145143")
    expect(page.get_by_role("heading", name="Criteria", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Patients", exact=True)).to_contain_text("TR-0")
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    visit.check()
    visit.shoot(pictures, "trial")


def test_a_curator_sees_no_patient_and_a_coordinator_no_editor(visit_of: VisitOf, patients: list[str]) -> None:
    page = visit_of("curator").go("/trials/NCT02145143")
    expect(page.get_by_role("link", name="Edit")).to_be_visible()
    expect(page.get_by_role("heading", name="Patients", exact=True)).to_have_count(0)
    assert "TR-0" not in page.content()
    coordinator = visit_of("coordinator")
    coordinator.go("/trials/NCT02145143/edit")
    expect(coordinator.page.get_by_role("heading", name="No access")).to_be_visible()


def test_another_sites_trial_and_versions_are_not_there(visit_of: VisitOf) -> None:
    curator = visit_of("curator")
    page = curator.go("/trials/NCT00000098/edit")
    write(page, load_library().texts["NCT02152995"].replace("NCT02152995", "NCT00000098"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("saved")
    stranger = visit_of("stranger")
    for address in ("", "/changes", "/progress"):
        stranger.go(f"/trials/NCT00000098{address}")
        expect(stranger.page.get_by_role("heading", name="Not found")).to_be_visible()


def rescreen(visit: Visit, pictures: Path | None) -> None:
    page = visit.page
    patients_region = page.get_by_role("region", name="Patients", exact=True)
    expect(patients_region).to_contain_text("matched with an earlier version")
    page.get_by_role("button", name="Re-screen stored patients").click()
    expect(page.get_by_role("region", name="Re-screen")).to_contain_text("matched with version", timeout=150_000)
    page.reload()
    expect(patients_region).not_to_contain_text("matched with an earlier version")
    visit.check()
    visit.shoot(pictures, "trial-rescreened")


def test_an_error_is_reported_while_typing_and_its_correction_is_saved(
    visit_of: VisitOf, patients: list[str], width: int, pictures: Path | None
) -> None:
    trial_id = "NCT02393690" if width > 1000 else "NCT01947023"
    visit = visit_of("admin", width)
    page = visit.go(f"/trials/{trial_id}/edit")
    findings = page.locator("#findings")
    expect(findings).to_contain_text("Can be saved")
    visit.check()
    write(page, edited(trial_id, "age: {min: 18 years}", "age: {min: 18 yaers}"))
    expect(findings).to_contain_text("Fix 1 error to save")
    expect(findings).to_contain_text("include[0]")
    visit.check()
    visit.shoot(pictures, "editor-fault")
    findings.get_by_role("link", name="line").click()
    expect(page.locator(TEXT)).to_be_focused()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    expect(page.locator("#findings")).to_contain_text("Fix 1 error to save")
    write(page, edited(trial_id, "age: {min: 18 years}", "age: {min: 40 years}"))
    expect(findings).to_contain_text("Can be saved")
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Compared with the current version")
    expect(preview).to_contain_text("age at least 40 years")
    expect(preview).to_contain_text("stored patients")
    visit.check()
    visit.shoot(pictures, "editor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("New version saved")
    rescreen(visit, pictures)
    page.get_by_role("link", name="What changed").first.click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    visit.check()
    visit.shoot(pictures, "changes")


def test_without_javascript_an_error_is_reported_with_its_line(visit_of: VisitOf, width: int) -> None:
    visit = visit_of("curator", width, script=False)
    page = visit.go("/trials/NCT05182931/edit")
    write(page, edited("NCT05182931", "include:\n", "include:\n  - aeg: {min: 18 years}\n"))
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#findings")).to_contain_text("did you mean age?")
    expect(page.locator("#findings")).to_contain_text("aeg: {min: 18 years}")


def test_a_version_that_somebody_else_stored_is_not_replaced_unseen(visit_of: VisitOf) -> None:
    first, second = visit_of("curator"), visit_of("admin")
    pages = [visit.go("/trials/NCT03244956/edit") for visit in (first, second)]
    for page, title in zip(pages, ("One", "Two"), strict=True):
        write(page, edited("NCT03244956", "title: ", f"title: {title}, "))
    pages[0].get_by_role("button", name="Save").click()
    expect(pages[0].get_by_role("status").first).to_contain_text("saved")
    pages[1].get_by_role("button", name="Save").click()
    expect(pages[1].get_by_role("alert")).to_contain_text("Somebody else saved a newer version")
    expect(pages[1].locator(TEXT)).to_have_value(edited("NCT03244956", "title: ", "title: Two, "))
    pages[1].get_by_role("button", name="Save").click()
    expect(pages[1].get_by_role("heading", level=1)).to_contain_text("Two, ")


def test_a_new_trial_begins_with_a_text_that_passes_its_own_checks(visit_of: VisitOf, width: int) -> None:
    visit = visit_of("curator", width)
    page = visit.go("/trials/new")
    page.get_by_label("ClinicalTrials.gov number").fill("nothing")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("not a trial id")).to_be_visible()
    visit.check()
    page.get_by_label("ClinicalTrials.gov number").fill(f"NCT0000{width:04}")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#findings")).to_contain_text("Can be saved")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("saved")
    visit.check()


def test_the_editor_is_left_by_keyboard(visit_of: VisitOf) -> None:
    page = visit_of("curator").go("/trials/NCT02152995/edit")
    page.locator(TEXT).focus()
    page.keyboard.press("Tab")
    expect(page.locator(TEXT)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()
