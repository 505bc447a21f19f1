"""Views of the site's batches: progress, matches by trial, attrition, downloads, and pause, resume, cancel, delete."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from matching.verdict import ELIGIBLE, POSSIBLE, TRUTH_OF, VERDICTS
from registry.options import read_options
from service.actions.export_batch import RESULT_TYPES, chunk_results, export_errors, export_results
from service.actions.upload_batch import enqueue_batch
from service.api.payloads.parameters import MAX_PAGE
from service.api.responses import stream_file
from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal
from service.page.batches.attrition_chart import attrition_charts
from service.page.trials.views import trial_of
from settings.roles import CLINICAL_ROLES, Principal
from storage.batches import control
from storage.batches.progress import BatchView, get_batch, list_batches
from storage.states import ACTIVE_BATCH_STATES
from storage.trials import current_trials

blueprint = PageBlueprint("batch", __name__, *CLINICAL_ROLES)

MAX_SHOWN_ROWS, MAX_SHOWN_FAULTS = 200, 20
ACTIONS: dict[str, tuple[Callable[[Session, Principal, str], bool], str]] = {
    "pause": (control.pause_batch, "Batch paused. No new part starts until you resume it."),
    "resume": (control.resume_batch, "Batch resumed."),
    "cancel": (control.cancel_batch, "Batch cancelled. The results so far are kept until you delete the batch."),
    "rescreen": (control.rescreen_batch, "Screening again, against the trials that have changed."),
}
NEXT_STATES = {"resume": ACTIVE_BATCH_STATES[0], "rescreen": ACTIVE_BATCH_STATES[1]}


@blueprint.route("/batches")
def index() -> str:
    """List the batches, newest first."""
    with dependencies().database.session() as session:
        batches = list_batches(session, principal().site_id, MAX_PAGE)
    return render_template("batches/index.html", batches=batches, active=ACTIVE_BATCH_STATES)


@blueprint.route("/batches/<row_id:batch_id>")
def show(batch_id: str) -> str:
    """Show a batch: progress, matches by trial, and the attrition of one trial."""
    view = _view(batch_id)
    totals = dependencies().totals.of(view)
    trials = [trial | {"fits": trial[ELIGIBLE] + trial[POSSIBLE]} for trial in totals["trials"]]
    trials.sort(key=lambda trial: (-trial[ELIGIBLE], -trial[POSSIBLE], trial["trial"]))
    wanted = request.args.get("trial")
    chosen = next((trial for trial in trials if trial["trial"] == wanted), trials[0] if trials else None)
    with dependencies().database.session() as session:
        charts = attrition_charts(session, principal().site_id, chosen, totals["matched"]) if chosen else []
        titles = {row.trial_id: trial_of(row).title for row in current_trials(session, principal().site_id)}
    faults, assumed = list(islice(_faults(view), MAX_SHOWN_FAULTS)), read_options(view.options).assume_complete
    return render_template(
        "batches/show.html", batch=view, active=ACTIVE_BATCH_STATES, totals=totals, trials=trials,
        chosen=chosen, charts=charts, titles=titles, faults=faults, assumed=assumed,
    )  # fmt: skip


def _faults(view: BatchView) -> Iterator[Any]:
    for result in chunk_results(dependencies().database, view):
        yield from result.faults


@blueprint.route("/batches/<row_id:batch_id>/progress")
def progress(batch_id: str) -> str:
    """The progress of a batch: a part of its page that a script reloads while the batch runs."""
    return render_template("batches/progress.html", batch=_view(batch_id), active=ACTIVE_BATCH_STATES, is_part=True)


@blueprint.route("/batches/<row_id:batch_id>/patients")
def patients(batch_id: str) -> str:
    """List the rows with a verdict on a trial."""
    view, trial_id, verdict = _view(batch_id), request.args.get("trial", ""), request.args.get("verdict", "")
    if verdict not in VERDICTS:
        raise NotFound
    found = list(islice(_rows(view, trial_id, verdict), MAX_SHOWN_ROWS + 1))
    return render_template(
        "batches/patients.html", batch=view, trial_id=trial_id, verdict=verdict, found=found[:MAX_SHOWN_ROWS],
        more=len(found) > MAX_SHOWN_ROWS,
    )  # fmt: skip


def _rows(view: BatchView, trial_id: str, verdict: str) -> Iterator[tuple[int, str]]:
    truth = TRUTH_OF[verdict]
    for result in chunk_results(dependencies().database, view):
        for trial in result.trials:
            if trial.id == trial_id:
                for index in np.flatnonzero(trial.verdicts == truth):
                    yield int(result.numbers[index]), str(result.references[int(index)])


@blueprint.route("/batches/<row_id:batch_id>/<any(pause,resume,cancel,rescreen):action>", methods=["POST"])
def change(batch_id: str, action: str) -> AnyResponse:
    """Pause, resume, cancel or re-screen a batch."""
    act, message = ACTIONS[action]
    _view(batch_id)
    with dependencies().database.session() as session:
        done = act(session, principal(), batch_id)
    view = _view(batch_id)
    if not done:
        flash(f"The batch is {view.state}, so this is not possible.", "note")
    else:
        flash(message, "done")
        if action in NEXT_STATES:
            _send(view, NEXT_STATES[action])
    return redirect(url_for("batch_pages.show", batch_id=batch_id), 303)


def _send(view: BatchView, state: str) -> None:
    state = view.state if view.state in ACTIVE_BATCH_STATES else state
    if not enqueue_batch(view.batch_id, state):
        flash("The queue is not available. The batch continues when it is.", "note")


@blueprint.route("/batches/<row_id:batch_id>/delete", methods=["GET", "POST"])
def delete(batch_id: str) -> AnyResponse | str:
    """Ask for confirmation, then delete the file, its rows and results."""
    view = _view(batch_id)
    if request.method == "GET":
        return render_template("batches/delete.html", batch=view)
    with dependencies().database.session() as session:
        control.delete_batch(session, principal(), batch_id)
    flash("Batch deleted, with its file, rows and results.", "done")
    return redirect(url_for("batch_pages.index"), 303)


@blueprint.route("/batches/<row_id:batch_id>/results.<any(parquet,ndjson,csv):kind>")
def results(batch_id: str, kind: str) -> Response:
    """Download the verdicts, one row per patient; of one trial or with one verdict if the address names them."""
    view, verdict = _view(batch_id), request.args.get("verdict")
    trial_id = request.args.get("trial")
    if verdict not in (None, *VERDICTS):
        raise NotFound
    found = export_results(dependencies().database, view, kind, trial_id, verdict)
    return stream_file(found, RESULT_TYPES[kind], f"batch-{batch_id[:8]}.{kind}")


@blueprint.route("/batches/<row_id:batch_id>/errors.csv")
def errors(batch_id: str) -> Response:
    """Download the skipped rows: number, path and message, never a value."""
    view = _view(batch_id)
    found = export_errors(dependencies().database, view)
    return stream_file(found, RESULT_TYPES["csv"], f"batch-{batch_id[:8]}-errors.csv")


def _view(batch_id: str) -> BatchView:
    with dependencies().database.session() as session:
        view = get_batch(session, principal().site_id, batch_id)
    if view is None:
        raise NotFound
    return view
