"""The batches of the site: how far each is, what came out, whom each criterion removes, and what can be done."""

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
from service.page.access import PageBlueprint
from service.page.account.sessions import principal
from service.page.batches.attrition_chart import charts
from service.page.trials.views import trial_of
from settings.roles import CLINICAL_ROLES, Principal
from storage.batches import lifecycle as stored
from storage.batches.lifecycle import BatchView, get_batch, list_batches
from storage.states import ACTIVE_BATCH_STATES
from storage.trials import list_trials

blueprint = PageBlueprint("batch", __name__, *CLINICAL_ROLES)

ROWS_SHOWN, FAULTS_SHOWN = 200, 20
DOES: dict[str, tuple[Callable[[Session, Principal, str], bool], str]] = {
    "pause": (stored.pause_batch, "No further part of the batch begins until you resume it."),
    "resume": (stored.resume_batch, "The batch goes on where it was."),
    "cancel": (stored.cancel_batch, "The batch is cancelled. What came out so far stays until you delete it."),
    "rescreen": (stored.rescreen_batch, "The batch is screened again, against the trials that changed since."),
}
GOES_ON = {"resume": ACTIVE_BATCH_STATES[0], "rescreen": ACTIVE_BATCH_STATES[1]}


@blueprint.route("/batches")
def index() -> str:
    """The batches, newest first."""
    with dependencies().database.session() as session:
        found = list_batches(session, principal().site_id, MAX_PAGE)
    return render_template("batches/index.html", batches=found, runs=ACTIVE_BATCH_STATES)


@blueprint.route("/batches/<row_id:batch_id>")
def show(batch_id: str) -> str:
    """One batch: how far it is, what came out, and whom the criteria of one trial remove."""
    view = _view(batch_id)
    totals = dependencies().totals.of(view)
    counted = [one | {"fits": one[ELIGIBLE] + one[POSSIBLE]} for one in totals["trials"]]
    trials = sorted(counted, key=lambda one: (-one[ELIGIBLE], -one[POSSIBLE], one["trial"]))
    chosen = next((one for one in trials if one["trial"] == request.args.get("trial")), trials[0] if trials else None)
    with dependencies().database.session() as session:
        lines = charts(session, principal().site_id, chosen, totals["matched"]) if chosen else []
        titles = {row.trial_id: trial_of(row).title for row in list_trials(session, principal().site_id)}
    faults, assumed = list(islice(_faults(view), FAULTS_SHOWN)), read_options(view.options).assume_complete
    return render_template(
        "batches/show.html", batch=view, runs=ACTIVE_BATCH_STATES, totals=totals, trials=trials,
        chosen=chosen, charts=lines, titles=titles, faults=faults, assumed=assumed,
    )  # fmt: skip


def _faults(view: BatchView) -> Iterator[Any]:
    for result in chunk_results(dependencies().database, view):
        yield from result.faults


@blueprint.route("/batches/<row_id:batch_id>/progress")
def progress(batch_id: str) -> str:
    """How far it is: a part of the page, asked for again and again while the batch runs."""
    return render_template("batches/progress.html", batch=_view(batch_id), runs=ACTIVE_BATCH_STATES, whole=True)


@blueprint.route("/batches/<row_id:batch_id>/patients")
def patients(batch_id: str) -> str:
    """The rows with one verdict on one trial."""
    view, trial_id, verdict = _view(batch_id), request.args.get("trial", ""), request.args.get("verdict", "")
    if verdict not in VERDICTS:
        raise NotFound
    found = list(islice(_rows(view, trial_id, verdict), ROWS_SHOWN + 1))
    return render_template(
        "batches/patients.html", batch=view, trial_id=trial_id, verdict=verdict, found=found[:ROWS_SHOWN],
        more=len(found) > ROWS_SHOWN,
    )  # fmt: skip


def _rows(view: BatchView, trial_id: str, verdict: str) -> Iterator[tuple[int, str]]:
    truth = TRUTH_OF[verdict]
    for result in chunk_results(dependencies().database, view):
        for one in result.trials:
            if one.id == trial_id:
                for place in np.flatnonzero(one.verdicts == truth):
                    yield int(result.numbers[place]), str(result.references[int(place)])


@blueprint.route("/batches/<row_id:batch_id>/<any(pause,resume,cancel,rescreen):does>", methods=["POST"])
def change(batch_id: str, does: str) -> AnyResponse:
    """Pause it, let it go on, end it, or screen it again."""
    act, said = DOES[does]
    _view(batch_id)
    with dependencies().database.session() as session:
        done = act(session, principal(), batch_id)
    view = _view(batch_id)
    if not done:
        flash(f"The batch is {view.state} now, so this cannot be done.", "note")
    else:
        flash(said, "done")
        if does in GOES_ON:
            _send(view, GOES_ON[does])
    return redirect(url_for("batch_pages.show", batch_id=batch_id), 303)


def _send(view: BatchView, state: str) -> None:
    state = view.state if view.state in ACTIVE_BATCH_STATES else state
    if not enqueue_batch(view.batch_id, state):
        flash("The queue does not answer. The batch goes on when it does.", "note")


@blueprint.route("/batches/<row_id:batch_id>/delete", methods=["GET", "POST"])
def delete(batch_id: str) -> AnyResponse | str:
    """Ask first, then delete the file, its rows and results."""
    view = _view(batch_id)
    if request.method == "GET":
        return render_template("batches/delete.html", batch=view)
    with dependencies().database.session() as session:
        stored.delete_batch(session, principal(), batch_id)
    flash("The batch is deleted, with its file, rows and results.", "done")
    return redirect(url_for("batch_pages.index"), 303)


@blueprint.route("/batches/<row_id:batch_id>/results.<any(parquet,ndjson,csv):kind>")
def results(batch_id: str, kind: str) -> Response:
    """The verdicts, a row a patient; of one trial and verdict if these are asked for."""
    view, verdict = _view(batch_id), request.args.get("verdict")
    trial_id = request.args.get("trial")
    if verdict not in (None, *VERDICTS):
        raise NotFound
    found = export_results(dependencies().database, view, kind, trial_id, verdict)
    return stream_file(found, RESULT_TYPES[kind], f"batch-{batch_id[:8]}.{kind}")


@blueprint.route("/batches/<row_id:batch_id>/errors.csv")
def errors(batch_id: str) -> Response:
    """The rows that could not be matched: row, path and message, never a value."""
    view = _view(batch_id)
    return stream_file(
        export_errors(dependencies().database, view), RESULT_TYPES["csv"], f"batch-{batch_id[:8]}-errors.csv"
    )


def _view(batch_id: str) -> BatchView:
    with dependencies().database.session() as session:
        view = get_batch(session, principal().site_id, batch_id)
    if view is None:
        raise NotFound
    return view
