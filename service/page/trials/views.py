"""The trials of the site: a list, one in English, its versions, and whom a version moves."""

from functools import lru_cache
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from matching.trial import Trial
from matching.verdict import ELIGIBLE, POSSIBLE
from schemas.trials.trial_file import stored_trial, trial_card
from schemas.trials.trial_schema import COMPLETENESS
from service.actions.edit_trial import ask_for_rescreen, find_pair, preview
from service.api.payloads.trials import moves_card
from service.dependencies import dependencies
from service.page.access import PageBlueprint, only_for
from service.page.account.sessions import principal
from settings.roles import CLINICAL_ROLES, EDITOR_ROLES
from storage.fits import best_fits, count_fits, count_stale
from storage.rescreens import last_rescreen
from storage.trials import TrialRow, get_trial, list_trials, list_versions
from workers.errors import QueueUnavailable

blueprint = PageBlueprint("trial", __name__)

SHOWN_PATIENTS = 12
MOST_COMPARED = 500
"""Patients that a page looks at to say whom a change moves, about 2 ms each; the API looks at all, part by part."""
FILTERS = ("q", "status", "phase", "completeness")


def trial_of(row: TrialRow) -> Trial:
    """The trial of a stored text, read once."""
    return _read(row.trial_id, row.body, row.version)


@lru_cache(maxsize=512)
def _read(trial_id: str, body: str, version: str) -> Trial:
    return stored_trial(body, f"{trial_id}.yaml", version)


@blueprint.route("/trials")
def index() -> str:
    """Every trial that the site matches against, or those that a filter leaves."""
    with dependencies().database.session() as rows:
        every = [trial_of(row) for row in list_trials(rows, principal().site_id)]
    chosen = {name: request.args.get(name, "").strip()[:100] for name in FILTERS}
    shown = sorted((one for one in every if _passes(one, chosen)), key=lambda one: (not one.recruiting, one.id))
    return render_template(
        "trials/index.html", trials=shown, total=len(every), chosen=chosen, filtered=any(chosen.values()),
        phases=sorted({phase for one in every for phase in one.phase}), completeness=COMPLETENESS,
        may_edit=principal().role in EDITOR_ROLES,
    )  # fmt: skip


def _passes(trial: Trial, chosen: dict[str, str]) -> bool:
    words = f"{trial.id} {trial.title} {' '.join(cohort.title for cohort in trial.cohorts)}".lower()
    status = chosen["status"]
    return (
        all(word in words for word in chosen["q"].lower().split())
        and (not status or (status == "recruiting") == trial.recruiting)
        and (not chosen["phase"] or chosen["phase"] in trial.phase)
        and (not chosen["completeness"] or chosen["completeness"] == trial.completeness)
    )


@blueprint.route("/trials/<trial_id:trial_id>")
def show(trial_id: str) -> str:
    """One trial in English, as it is or as it was in a version."""
    me, asked = principal(), request.args.get("version")
    with dependencies().database.session() as rows:
        row = get_trial(rows, me.site_id, trial_id, asked)
        if row is None:
            raise NotFound
        versions = list_versions(rows, me.site_id, trial_id)
        fits = _fits(rows, me.site_id, trial_id, row.version) if me.role in CLINICAL_ROLES else None
    current = any(one.current and one.version == row.version for one in versions)
    return render_template(
        "trials/show.html", trial=trial_card(trial_of(row)), versions=versions, current=current, fits=fits,
        rescreen=_rescreen(trial_id), may_edit=me.role in EDITOR_ROLES,
    )  # fmt: skip


def _fits(rows: Any, site_id: str, trial_id: str, version: str) -> dict[str, Any]:
    return {
        "counts": count_fits(rows, site_id, trial_id),
        "best": best_fits(rows, site_id, trial_id, (ELIGIBLE, POSSIBLE), SHOWN_PATIENTS),
        "stale": count_stale(rows, site_id, trial_id, version),
    }


@blueprint.route("/trials/<trial_id:trial_id>/changes")
def changes(trial_id: str) -> str:
    """What changed between two versions, and which patients that moves."""
    me = principal()
    with dependencies().database.session() as rows:
        pair = find_pair(rows, me.site_id, trial_id, request.args.get("from"), request.args.get("to"))
        if pair is None:
            raise NotFound
        found = preview(rows, me.site_id, pair, MOST_COMPARED)
    return render_template("trials/changes.html", trial_id=trial_id, found=found, **moved_card(found))


def moved_card(found: Any) -> dict[str, Any]:
    """Who moves, for a template; a curator is told how many and not who."""
    return {"moves": moves_card(found.moves()), "may_see": principal().role in CLINICAL_ROLES, "shown": SHOWN_PATIENTS}


@blueprint.route("/trials/<trial_id:trial_id>/rescreen", methods=["POST"])
@only_for(*EDITOR_ROLES)
def rescreen(trial_id: str) -> Response:
    """Match the stored patients against the current version."""
    try:
        view = ask_for_rescreen(principal(), trial_id)
    except QueueUnavailable:
        flash("The queue does not answer. The re-screen is noted and begins when it does.", "note")
    else:
        if view is None:
            raise NotFound
    return redirect(url_for("trial_pages.show", trial_id=trial_id, _anchor="rescreen"), 303)


@blueprint.route("/trials/<trial_id:trial_id>/progress")
def progress(trial_id: str) -> Response:
    """How far the re-screen is: a part of the trial's page, asked for again and again while it runs."""
    view = _rescreen(trial_id)
    if view is None:
        raise NotFound
    return make_response(render_template("trials/progress.html", rescreen=view, trial_id=trial_id))


def _rescreen(trial_id: str) -> dict[str, Any] | None:
    with dependencies().database.session() as rows:
        view = last_rescreen(rows, principal().site_id, trial_id)
    if view is None:
        return None
    return {"view": view, "moves": moves_card(view.moves), "moved": sum(view.moves.values())}
