"""The form: a draft is filled in, saved as it grows, and sent to be matched."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.inputs.faults import InputError
from schemas.summary.contradictions import accept_patient
from schemas.summary.facts import dump_patient
from schemas.summary.vocabulary import vocabularies
from service.dependencies import dependencies
from service.page.access import PageBlueprint
from service.page.account.sessions import principal
from service.page.fact_labels import fact_label
from service.page.patients import drafts
from service.page.patients.form_inputs import FormInput, list_id, place_of
from service.page.patients.form_model import (
    FormSection,
    Typed,
    add_row,
    by_name,
    first_of_last_row,
    form_of,
    remove_row,
    summary_of,
    tidy,
    typed_from,
)
from service.page.patients.submission import submitted
from settings.roles import CLINICAL_ROLES
from storage.patients import get_patient

blueprint = PageBlueprint("submit", __name__, *CLINICAL_ROLES)

MOST_TYPED = 20_000
"""Inputs of one form; more come from no browser."""

REFERENCE = "patient_ref"
OURS = ("csrf_token", "do", "add", "remove")


@blueprint.route("/drafts", methods=["POST"])
def begin() -> Response:
    """An empty form."""
    return redirect(url_for("submit_pages.form", draft_id=drafts.begin("form", {"typed": {}})), 303)


@blueprint.route("/patients/<row_id:patient_id>/edit", methods=["POST"])
def edit(patient_id: str) -> Response:
    """The form with what is known of a patient, for a new version."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None or view.summary is None:
        raise NotFound
    draft_id = drafts.begin("form", {"typed": typed_from(view.summary), "of": patient_id})
    return redirect(url_for("submit_pages.form", draft_id=draft_id, _anchor=request.form.get("at") or None), 303)


@blueprint.route("/drafts/<row_id:draft_id>", methods=["GET", "POST"])
def form(draft_id: str) -> Response | str:
    """The form as it was left, and what its buttons do."""
    draft = drafts.read(draft_id, "form")
    if request.method == "GET":
        return _page(draft_id, draft, draft["typed"])
    typed = typed_now()
    if draft.get("of"):
        # Under another reference it would be another patient.
        typed[REFERENCE] = draft["typed"][REFERENCE]
    if path := request.form.get("add"):
        more = add_row(typed, path)
        first = first_of_last_row(more, path)
        return _changed(draft_id, draft, more, first.id if first else "")
    if row := request.form.get("remove"):
        return _changed(draft_id, draft, remove_row(typed, row), list_id(row.partition("[")[0]))
    if request.form.get("do") == "save":
        _save(draft_id, draft, typed)
        flash("The draft is saved. You find it above the list of patients.", "done")
        return redirect(url_for("patient_pages.index"), 303)
    return _sent(draft_id, draft, tidy(typed))


@blueprint.route("/drafts/<row_id:draft_id>/keep", methods=["POST"])
def keep(draft_id: str) -> Response:
    """Save what was typed so far; the script of the form does so now and then."""
    draft, typed = drafts.read(draft_id, "form"), typed_now()
    _save(draft_id, draft, typed | ({REFERENCE: draft["typed"][REFERENCE]} if draft.get("of") else {}))
    return make_response("", 204)


@blueprint.route("/drafts/<row_id:draft_id>/discard", methods=["POST"])
def discard(draft_id: str) -> Response:
    """Delete a draft."""
    drafts.drop(draft_id)
    flash("The draft is deleted.", "done")
    return redirect(url_for("patient_pages.index"), 303)


def typed_now() -> Typed:
    """What the present form sends, without what is empty."""
    given = ((key, value) for key, value in request.form.items() if key not in OURS and value.strip())
    return {key: value for key, value in list(given)[:MOST_TYPED] if len(key) < 200}


def _save(draft_id: str, draft: Mapping[str, Any], typed: Typed) -> None:
    drafts.save(draft_id, {**draft, "typed": typed})


def _changed(draft_id: str, draft: Mapping[str, Any], typed: Typed, place: str) -> Response:
    """The form again, at a place: an input there has the focus, with scripts or without."""
    _save(draft_id, draft, typed)
    return redirect(url_for("submit_pages.form", draft_id=draft_id, _anchor=place or None), 303)


def _sent(draft_id: str, draft: Mapping[str, Any], typed: Typed) -> Response | str:
    _save(draft_id, draft, typed)
    try:
        summary = dump_patient(accept_patient(summary_of(typed)))
    except InputError as error:
        return make_response(_page(draft_id, draft, typed, by_name(error.faults)), 422)
    patient_id = submitted(summary)
    drafts.drop(draft_id)
    return redirect(url_for("result_pages.show", patient_id=patient_id), 303)


def _page(draft_id: str, draft: Mapping[str, Any], typed: Typed, faults: Mapping[str, str] | None = None) -> str:
    groups = [_fixed(group) if draft.get("of") else group for group in form_of(typed, faults or {})]
    return render_template(
        "patients/form.html", draft_id=draft_id, groups=groups, known=bool(draft.get("of")), list_id=list_id,
        faults=fault_lines(faults or {}), terms=terms_of(one for group in groups for one in _inputs(group)),
    )  # fmt: skip


def _fixed(group: FormSection) -> FormSection:
    """The same, with the reference of a known patient to be read and not written."""
    return replace(group, common=tuple(replace(one, fixed=one.name == REFERENCE) for one in group.common))


def fault_lines(faults: Mapping[str, str]) -> list[dict[str, str]]:
    """Faults for the summary above a form, each with the place that it leads to."""
    return [
        {"id": place_of(path), "label": fact_label(path) if path else "", "message": message}
        for path, message in faults.items()
    ]


def terms_of(inputs: Iterable[FormInput]) -> dict[str, list[str]]:
    """The terms of every vocabulary that an input suggests, once each."""
    names = sorted({one.suggestions for one in inputs if one.suggestions})
    return {name: [term.label for term in vocabularies()[name].terms.values()] for name in names}


def _inputs(group: FormSection) -> list[FormInput]:
    rows = [one for listed in group.lists for row in listed.rows for one in (*row.common, *row.rare)]
    return [*group.common, *group.rare, *rows, *(one for below in group.groups for one in _inputs(below))]
