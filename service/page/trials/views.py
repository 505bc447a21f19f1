"""Views of the site's trials: the list, one trial in English, its versions, and the patients that a version affects."""

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
from service.page.access import PageBlueprint, only_for, principal
from settings.roles import CLINICAL_ROLES, EDITOR_ROLES
from storage.trial_fits import best_fits, count_fits, count_outdated
from storage.trial_rescreens import last_rescreen
from storage.trials import TrialRow, current_trials, get_trial, list_versions
from workers.errors import QueueUnavailable

blueprint = PageBlueprint("trial", __name__)

MAX_SHOWN_PATIENTS = 12
MAX_COMPARED_PATIENTS = 500
"""Patients that a page compares for a change of a trial, at about 2 ms each; the API compares all, page by page."""

FILTERS = ("q", "status", "phase", "completeness")
MAX_FILTER_CHARS = 100


def trial_of(row: TrialRow) -> Trial:
    """The trial of a stored text, from a cache."""
    return _read_trial(row.trial_id, row.body, row.version)


@lru_cache(maxsize=512)
def _read_trial(trial_id: str, body: str, version: str) -> Trial:
    return stored_trial(body, f"{trial_id}.yaml", version)


@blueprint.route("/trials")
def index() -> str:
    """List the trials of the site that pass the filters; recruiting trials first."""
    with dependencies().database.session() as rows:
        trials = [trial_of(row) for row in current_trials(rows, principal().site_id)]
    filters = {name: request.args.get(name, "").strip()[:MAX_FILTER_CHARS] for name in FILTERS}
    shown = [trial for trial in trials if _passes(trial, filters)]
    shown.sort(key=lambda trial: (not trial.recruiting, trial.id))
    return render_template(
        "trials/index.html", trials=shown, total=len(trials), filters=filters, filtered=any(filters.values()),
        phases=sorted({phase for trial in trials for phase in trial.phase}), completeness=COMPLETENESS,
        may_edit=principal().role in EDITOR_ROLES,
    )  # fmt: skip


def _passes(trial: Trial, filters: dict[str, str]) -> bool:
    text = f"{trial.id} {trial.title} {' '.join(cohort.title for cohort in trial.cohorts)}".lower()
    status = filters["status"]
    return (
        all(word in text for word in filters["q"].lower().split())
        and (not status or (status == "recruiting") == trial.recruiting)
        and (not filters["phase"] or filters["phase"] in trial.phase)
        and (not filters["completeness"] or filters["completeness"] == trial.completeness)
    )


@blueprint.route("/trials/<trial_id:trial_id>")
def show(trial_id: str) -> str:
    """Show a trial in English, in its current or another version."""
    me, wanted = principal(), request.args.get("version")
    with dependencies().database.session() as rows:
        row = get_trial(rows, me.site_id, trial_id, wanted)
        if row is None:
            raise NotFound
        versions = list_versions(rows, me.site_id, trial_id)
        fits = _fits(rows, me.site_id, trial_id, row.version) if me.role in CLINICAL_ROLES else None
    is_current = any(version.current and version.version == row.version for version in versions)
    return render_template(
        "trials/show.html", trial=trial_card(trial_of(row)), versions=versions, is_current=is_current, fits=fits,
        rescreen=_rescreen(trial_id), may_edit=me.role in EDITOR_ROLES,
    )  # fmt: skip


def _fits(rows: Any, site_id: str, trial_id: str, version: str) -> dict[str, Any]:
    return {
        "counts": count_fits(rows, site_id, trial_id),
        "best": best_fits(rows, site_id, trial_id, (ELIGIBLE, POSSIBLE), MAX_SHOWN_PATIENTS),
        "stale": count_outdated(rows, site_id, trial_id, version),
    }


@blueprint.route("/trials/<trial_id:trial_id>/changes")
def changes(trial_id: str) -> str:
    """Show what changed between two versions, and which patients that affects."""
    me = principal()
    with dependencies().database.session() as rows:
        pair = find_pair(rows, me.site_id, trial_id, request.args.get("from"), request.args.get("to"))
        if pair is None:
            raise NotFound
        found = preview(rows, me.site_id, pair, MAX_COMPARED_PATIENTS)
    return render_template("trials/changes.html", trial_id=trial_id, found=found, **moves_for_template(found))


def moves_for_template(found: Any) -> dict[str, Any]:
    """The changed verdicts of a preview; curators see counts, not patients."""
    may_see = principal().role in CLINICAL_ROLES
    return {"moves": moves_card(found.moves()), "may_see": may_see, "max_shown": MAX_SHOWN_PATIENTS}


@blueprint.route("/trials/<trial_id:trial_id>/rescreen", methods=["POST"])
@only_for(*EDITOR_ROLES)
def rescreen(trial_id: str) -> Response:
    """Start matching the stored patients against the current version."""
    try:
        view = ask_for_rescreen(principal(), trial_id)
    except QueueUnavailable:
        flash("The queue is not available. The re-screen starts when it is.", "note")
    else:
        if view is None:
            raise NotFound
    return redirect(url_for("trial_pages.show", trial_id=trial_id, _anchor="rescreen"), 303)


@blueprint.route("/trials/<trial_id:trial_id>/progress")
def progress(trial_id: str) -> Response:
    """The progress of the re-screen: a part of the trial's page that a script reloads while it runs."""
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
