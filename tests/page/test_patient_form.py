"""The patient form: derived from the facts, saved, corrected, submitted; all without JavaScript."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.summary.declared_facts import declared
from schemas.summary.facts import dump_patient, load_patient
from service import create_app
from service.page.patients.form_model import add_row, form_of, remove_row, summary_of, typed_from, without_blank_rows
from settings.configuration import Settings
from tests.api.running import EXAMPLES, Service
from tests.page.browsing import Browser, make_service_with_accounts

FILES = sorted(EXAMPLES.glob("*.json"))


def new_draft(browser: Browser) -> str:
    """The address of a new draft."""
    browser.get("/patients/new")
    browser.post("/drafts")
    return browser.address


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_summary_typed_into_the_form_is_the_same_summary(file: Path) -> None:
    summary = dump_patient(load_patient(json.loads(file.read_text())))
    assert dump_patient(load_patient(summary_of(typed_from(summary)))) == without_empty_lists(summary)


def without_empty_lists(part: object) -> object:
    """Drop empty lists: an empty list means the same as no list, as completeness is a fact of its own."""
    if isinstance(part, dict):
        return {key: without_empty_lists(below) for key, below in part.items() if below != []}
    return part


@pytest.mark.parametrize(
    "fact",
    [{"age": "90+ years"}, {"radioiodine": {"last_given": {"year": 2023, "as_of": 2026}}},
     {"disease": {"largest_diameter": {"above": "5", "below": "10", "unit": "mm"}}},
     {"labs": [{"analyte": "haemoglobin", "value": "11 g/dL"}]}, {"radioiodine": {"number_of_courses": "several"}},
     {"radioiodine": {"courses": [{"activity": "8-10 GBq"}, {}, {"uptake": "avid"}]}}],
    ids=lambda fact: next(iter(fact)),
)  # fmt: skip
def test_unusual_values_survive_the_form(fact: dict[str, object]) -> None:
    summary = dump_patient(load_patient({"patient_ref": "A", **fact}))
    assert dump_patient(load_patient(summary_of(typed_from(summary)))) == summary


def test_every_declared_fact_has_an_input_and_nothing_else_has() -> None:
    typed = {f"{path}~rows": "1" for path in declared().tables}
    names: list[str] = []

    def walk(sections: object) -> None:
        for section in sections:  # type: ignore[attr-defined]
            rows = [
                form_input
                for form_list in section.lists
                for row in form_list.rows
                for form_input in (*row.common, *row.rare)
            ]
            complete = [form_list.complete for form_list in section.lists if form_list.complete]
            names.extend(form_input.name for form_input in (*section.common, *section.rare, *rows, *complete))
            walk(section.subsections)

    walk(form_of(typed, {}))
    of_records = {f"{table.path}[0].{fact.keys[0]}" for table in declared().tables.values() for fact in table.facts}
    assert sorted(names) == sorted({"patient_ref", *declared().facts, *of_records})


def test_rows_are_added_and_removed_and_blank_ones_left_out() -> None:
    typed = add_row(add_row(add_row({}, "therapies"), "therapies"), "therapies")
    typed |= {"therapies[0].drug": "lenvatinib", "therapies[2].drug": "sorafenib"}
    assert [therapy["drug"] for therapy in summary_of(without_blank_rows(typed))["therapies"]] == [
        "lenvatinib",
        "sorafenib",
    ]
    assert summary_of(without_blank_rows(remove_row(typed, "therapies[0]")))["therapies"] == [{"drug": "sorafenib"}]
    for name in ("therapies[9]", "therapies", "nothing[0]", "therapies[-1]"):
        assert remove_row(typed, name) == typed


def test_a_draft_survives_a_reload_and_sending_it_leaves_none(coordinator: Browser) -> None:
    address = new_draft(coordinator)
    form = {"patient_ref": "P-draft", "age": "54", "age~unit": "years"}
    coordinator.post(address, form | {"add": "radioiodine.courses"})
    coordinator.get(address)
    assert 'value="P-draft"' in coordinator.text
    assert 'name="radioiodine.courses[0].activity"' in coordinator.text
    assert "P-draft" in coordinator.get("/patients")
    coordinator.get(address)
    coordinator.post(address, form | {"do": "send"})
    assert re.fullmatch(r"/patients/[0-9a-f]{32}", coordinator.address)
    coordinator.get(address, 404)


def test_each_fault_is_shown_at_its_input(coordinator: Browser) -> None:
    address = new_draft(coordinator)
    form = {"patient_ref": "P-faulty", "age": "200", "age~unit": "years", "diagnosis.histology": "papilary",
            "radioiodine.courses~rows": "1", "radioiodine.courses[0].activity": "many", "do": "send"}  # fmt: skip
    text = coordinator.post(address, form, 422)
    assert "Please correct 3 fields" in text
    for place in ("age", "diagnosis-histology", "radioiodine-courses-0-activity"):
        assert f'href="#{place}"' in text
        assert f'id="{place}-fault"' in text
        assert re.search(rf'id="{place}"[^>]*aria-invalid="true"', text)
    assert "Did you mean papillary?" in text


def test_a_contradiction_is_refused_before_anything_is_stored(coordinator: Browser) -> None:
    address = new_draft(coordinator)
    form = {"patient_ref": "P-contra", "radioiodine.received": "no", "radioiodine.courses~rows": "1"}
    form |= {"radioiodine.courses[0].activity": "100", "radioiodine.courses[0].activity~unit": "mCi"}
    assert "Contradicts" in coordinator.post(address, form | {"do": "send"}, 422)
    without_drafts = re.sub(r'<section class="drafts".*?</section>', "", coordinator.get("/patients"), flags=re.DOTALL)
    assert "P-contra" not in without_drafts


def test_an_empty_form_says_what_it_needs(coordinator: Browser) -> None:
    assert "Patient reference" in coordinator.post(new_draft(coordinator), {"do": "send"}, 422)


def test_what_is_typed_is_kept_by_the_script(coordinator: Browser) -> None:
    address = new_draft(coordinator)
    coordinator.post(f"{address}/keep", {"patient_ref": "P-kept"}, 204)
    assert 'value="P-kept"' in coordinator.get(address)
    coordinator.post(f"{address}/discard")
    coordinator.get(address, 404)


@pytest.mark.parametrize("account", ["registrar", "stranger"])
def test_a_draft_is_there_for_its_own_account_only(
    coordinator: Browser, browser_of: Callable[[str], Browser], account: str
) -> None:
    address = new_draft(coordinator)
    other = browser_of(account)
    other.get("/account")
    token = other.text
    other.get(address, 404)
    other.text = token
    other.post(f"{address}/discard")
    coordinator.get(address)


def test_a_patient_is_changed_in_the_form(service: Service, coordinator: Browser) -> None:
    patient_id = service.submit("P-changed")
    coordinator.get(f"/patients/{patient_id}")
    coordinator.post(f"/patients/{patient_id}/edit")
    assert 'value="P-changed"' in coordinator.text
    typed = dict(re.findall(r'<input class="form-control" id="[^"]+" name="([^"]+)" value="([^"]*)"', coordinator.text))
    assert typed["disease.lesions[0].longest_diameter"] == "7"
    coordinator.post(coordinator.address, {"patient_ref": "P-somebody-else", "age": "55", "age~unit": "years"})
    view = service.client().get(f"/api/v1/patients/{patient_id}").get_json()
    assert (view["patient_ref"], view["version"], view["summary"]["age"]) == ("P-changed", 2, "55 years")


def test_a_long_list_survives_the_form() -> None:
    lesions = [{"site": "lung", "longest_diameter": f"{size} mm"} for size in range(1, 301)]
    summary = dump_patient(load_patient({"patient_ref": "A", "disease": {"lesions": lesions}}))
    assert dump_patient(load_patient(summary_of(typed_from(summary)))) == summary
    without = summary_of(without_blank_rows(remove_row(typed_from(summary), "disease.lesions[0]")))
    assert [lesion["longest_diameter"] for lesion in without["disease"]["lesions"]][:2] == ["2 mm", "3 mm"]


def test_without_a_queue_the_summary_is_stored_and_the_page_says_so(tmp_path: Path) -> None:
    service = make_service_with_accounts(Settings(data_dir=tmp_path, broker_url="redis://127.0.0.1:1/0"))
    browser = Browser(service.app.test_client())
    browser.sign_in("coordinator")
    text = browser.post(new_draft(browser), {"patient_ref": "P-later", "do": "send"})
    assert "The queue is not available" in text
    assert "Matching…" in text
    assert service.stored() == 1
    service.database.close()


def test_without_a_database_a_browser_gets_a_page() -> None:
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", secret_key="k" * 32))
    browser = Browser(app.test_client())
    assert "Temporarily unavailable" in browser.sign_in("coordinator", status=503)
    app.extensions["trialmatch"].database.close()
