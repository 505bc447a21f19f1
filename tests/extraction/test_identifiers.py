"""The identifier check: what it finds, what it passes, and that errors never quote an identifier."""

from collections import Counter

import pytest

from extraction.identifiers import find_identifiers, refuse_identifiers
from schemas.inputs.faults import InputError
from tests.extraction.identifier_samples import WRITERS, clean, identified


def test_identifiers_with_a_known_form_are_found() -> None:
    notes = identified(200)
    missed = Counter(kind for kind, text in notes if not find_identifiers(text))
    recall = 1 - missed.total() / len(notes)
    print(f"recall {recall:.3f} over {len(notes)} identifiers of {len(WRITERS)} types; missed {dict(missed)}")
    assert len(WRITERS) == 12
    assert recall >= 0.95


def test_clean_notes_pass() -> None:
    notes = clean(100)
    alarms = [hit for text in notes for hit in find_identifiers(text)]
    print(f"{len(alarms)} false alarms in {len(notes)} clean notes")
    assert len([text for text in notes if find_identifiers(text)]) <= 2


@pytest.mark.parametrize("kind", WRITERS)
def test_an_error_names_kind_and_offsets_and_not_the_value(kind: str) -> None:
    text = next(text for found, text in identified(24) if found == kind)
    with pytest.raises(InputError) as refused:
        refuse_identifiers(text)
    hits = find_identifiers(text)
    for fault, hit in zip(refused.value.faults, hits, strict=True):
        assert hit.kind in fault.message
        assert f"{hit.start} to {hit.end}" in fault.message
        assert text[hit.start : hit.end] not in str(fault)


def test_a_name_without_a_label_is_a_known_limit() -> None:
    assert find_identifiers("Okafor came to clinic with papillary thyroid carcinoma.") == []
