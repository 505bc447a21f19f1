"""A pasted note: refused, reviewed, corrected, matched."""

import re
from collections.abc import Callable

import pytest

from tests.api.running import Service
from tests.page.browsing import Browser

NOTE = (
    "A 58-year-old woman with papillary thyroid carcinoma. BRAF V600E was detected. She received radioiodine twice, "
    "3.7 GBq as adjuvant treatment and 5.55 GBq 14 months ago. Possible bone metastasis. No brain metastases. "
    "Her mother had breast cancer. ECOG 1."
)


def opened(browser: Browser, text: str = NOTE) -> str:
    """The address of the review of a note."""
    browser.get("/patients/new")
    browser.post("/notes", {"note": text, "deidentified": "yes", "as_of": "2026"})
    return browser.address


def choices(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="(decide~[^"]+)"', text)))


def typed(text: str) -> dict[str, str]:
    inputs = dict(re.findall(r'<input class="form-control" id="[^"]+" name="([^"]+)" value="([^"]*)"', text))
    for name, body in re.findall(
        r'<select class="form-select"(?: id="[^"]+")? name="([^"]+)"[^>]*>(.*?)</select>', text, re.S
    ):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)<', body)
        inputs[name] = (chosen[1] or chosen[2]) if chosen else ""
    return inputs


def test_words_are_marked_as_used_uncertain_and_not_used(coordinator: Browser) -> None:
    opened(coordinator)
    for kind, words in (("used", "58-year-old"), ("uncertain", "bone metastasis"), ("unused", "brain metastases")):
        assert re.search(rf'class="hit hit-{kind}"[^>]*>{words}<', coordinator.text), kind
    assert "denied in the note" in coordinator.text
    assert "about a relative" in coordinator.text


def test_nothing_is_matched_before_each_fact_is_decided_on(coordinator: Browser) -> None:
    address = opened(coordinator)
    text = coordinator.post(address, typed(coordinator.text) | {"patient_ref": "N-1", "do": "send"}, 422)
    assert text.count("Confirm, correct or drop this fact.") == len(choices(text)) > 5


def test_a_correction_and_a_drop_reach_the_summary(service: Service, coordinator: Browser) -> None:
    address = opened(coordinator)
    filled = typed(coordinator.text)
    decided = dict.fromkeys(choices(coordinator.text), "confirm")
    changed = {"age": "61", "decide~age": "correct", "decide~disease.lesions[0]": "drop"}
    form = filled | decided | changed | {"patient_ref": "N-2", "do": "send"}
    coordinator.post(address, form)
    patient_id = coordinator.address.rpartition("/")[2]
    summary = service.client().get(f"/api/v1/patients/{patient_id}").get_json()["summary"]
    assert summary["age"] == "61 years"
    assert "lesions" not in summary.get("disease", {})
    assert summary["radioiodine"]["courses"][1]["given"] == {"ago": "14 months"}
    coordinator.get(address, 404)


def test_the_rest_is_confirmed_at_once_and_the_review_survives_a_reload(coordinator: Browser) -> None:
    address = opened(coordinator)
    coordinator.post(address, typed(coordinator.text) | {"patient_ref": "N-3", "decide~age": "drop", "do": "rest"})
    text = coordinator.get(address)
    assert 'value="N-3"' in text
    assert len(re.findall(r'value="confirm" checked', text)) == len(choices(text)) - 1
    assert "Accept the remaining" not in text


def test_a_reviewed_note_continues_in_the_form(coordinator: Browser) -> None:
    address = opened(coordinator)
    decided = dict.fromkeys(choices(coordinator.text), "confirm")
    coordinator.post(address, typed(coordinator.text) | decided | {"patient_ref": "N-4", "do": "form"})
    assert coordinator.address.startswith("/drafts/")
    assert 'value="N-4"' in coordinator.text
    assert 'name="radioiodine.courses[1].activity" value="5.55"' in coordinator.text
    coordinator.get(address, 404)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"note": "", "deidentified": "yes"}, "Paste the text of the note."),
        ({"note": NOTE}, "Please confirm that the note contains no identifying information."),
        ({"note": NOTE, "deidentified": "yes", "as_of": "soon"}, "Enter the year in which the note was written"),
        ({"note": f"MRN: 12345678. {NOTE}", "deidentified": "yes"}, "please remove the record number “MRN: 12345678”"),
    ],
)
def test_an_unreadable_note_is_refused_and_not_stored(coordinator: Browser, form: dict[str, str], message: str) -> None:
    coordinator.get("/patients/new")
    before = coordinator.text.count('class="draft"')
    assert message in coordinator.post("/notes", form, 422)
    assert coordinator.get("/patients/new").count('class="draft"') == before


def test_a_note_without_facts_leads_to_the_form(coordinator: Browser) -> None:
    opened(coordinator, "The weather was fine and nobody said anything of note.")
    assert "No facts relevant to the trials were found" in coordinator.text


def test_markup_in_a_note_is_text(coordinator: Browser) -> None:
    opened(coordinator, f"<script>alert(1)</script> {NOTE}")
    assert "<script>alert" not in coordinator.text


@pytest.mark.parametrize("account", ["registrar", "stranger"])
def test_a_review_is_there_for_its_own_account_only(
    coordinator: Browser, browser_of: Callable[[str], Browser], account: str
) -> None:
    address = opened(coordinator)
    browser_of(account).get(address, 404)
