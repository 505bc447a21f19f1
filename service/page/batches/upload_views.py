"""Views to upload a registry: choose a file, then check its first rows and how their columns are read."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Flask, flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from registry.decode.table_header import bind_header
from registry.decode.template import template_csv, template_headers
from registry.options import ReadOptions, completable_lists
from registry.read.preview import FilePreview, preview_file
from schemas.inputs.faults import Fault, InputError
from service.actions.upload_batch import (
    PART_BYTES,
    begin_draft,
    change_draft_options,
    discard_draft,
    draft_options,
    read_parts,
    receive_draft,
)
from service.dependencies import dependencies
from service.page.access import PageBlueprint, principal, signed_in
from service.page.errors import fault_text
from settings.roles import CLINICAL_ROLES
from workers.batches.split_file import open_batch_file

blueprint = PageBlueprint("batch_upload", __name__, *CLINICAL_ROLES)

PREVIEW_ROWS = 3
UPLOAD_ENDPOINT = "batch_upload_pages.new"
MAX_FACT_CHARS, MAX_UNIT_CHARS = 200, 40


def allow_large_files(app: Flask) -> None:
    """Raise the limit on uploads for those who may upload a registry, before CSRF protection reads the form."""

    def raise_limit() -> None:
        if request.endpoint == UPLOAD_ENDPOINT and request.method == "POST":
            account = signed_in()
            if account is not None and account.principal.role in CLINICAL_ROLES:
                request.max_content_length = dependencies().settings.max_batch_bytes + PART_BYTES

    app.before_request(raise_limit)


@blueprint.route("/batches/new", methods=["GET", "POST"])
def new() -> Response | str:
    """Show the upload form, or store the uploaded file as a draft."""
    if request.method == "GET":
        return _form()
    if request.form.get("deidentified") != "yes":
        return make_response(
            _form("deidentified", "Please confirm this. Files that identify people must not be uploaded."), 422
        )
    try:
        file = request.files.get("file")
        parts = read_parts(file.stream.read if file else io.BytesIO().read)
        batch_id = receive_draft(principal(), parts, ReadOptions(deidentified=True))
    except InputError as error:
        return make_response(_form("file", fault_text(error.faults[0])), 422)
    return redirect(url_for("batch_upload_pages.start", batch_id=batch_id), 303)


def _form(field: str = "", error: str = "") -> str:
    return render_template("batches/new.html", error={field: error} if field else {})


@blueprint.route("/batches/<row_id:batch_id>/start", methods=["GET", "POST"])
def start(batch_id: str) -> Response | str:
    """Preview the first rows and how they are read; start screening, or discard the file."""
    options = draft_options(principal(), batch_id)
    if options is None:
        raise NotFound
    if request.form.get("do") == "discard":
        discard_draft(batch_id)
        flash("File discarded. Nothing was kept.", "done")
        return redirect(url_for("batch_pages.index"), 303)
    faults: list[Fault] = []
    found = _preview(batch_id, options)
    if request.method == "POST" and isinstance(found, FilePreview):
        options, faults = _submitted_options(options, found)
        found = _preview(batch_id, options)
        change_draft_options(principal(), batch_id, options)
    if isinstance(found, FilePreview):
        faults = faults or _column_faults(found, options)
    if request.form.get("do") == "start" and isinstance(found, FilePreview) and not faults:
        return _start_screening(batch_id)
    return make_response(_page(batch_id, found, options, faults), 422 if request.form.get("do") == "start" else 200)


def _preview(batch_id: str, options: ReadOptions) -> FilePreview | Fault:
    try:
        return preview_file(open_batch_file(dependencies().database, batch_id), options, PREVIEW_ROWS)
    except InputError as error:
        return error.faults[0]


def _submitted_options(options: ReadOptions, found: FilePreview) -> tuple[ReadOptions, list[Fault]]:
    """The options that the form sets, or the old ones with the faults of the new ones."""
    fields: dict[str, Any] = options.to_json() | {
        "assume_complete": [path for path in request.form.getlist("complete") if path in completable_lists()],
        "decimal": "," if request.form.get("decimal") == "comma" else ".",
        "long": request.form.get("long") == "yes",
    }
    if found.format != "ndjson":
        fields["mapping"] = dict(_mapping(found))
    try:
        return ReadOptions.from_json(fields), []
    except InputError as error:
        return options, list(error.faults)


def _mapping(found: FilePreview) -> Iterator[tuple[str, Any]]:
    for number, (name, _) in enumerate(found.columns):
        fact = request.form.get(f"fact-{number}", "").strip()[:MAX_FACT_CHARS]
        unit = request.form.get(f"unit-{number}", "").strip()[:MAX_UNIT_CHARS]
        if not fact:
            yield name, None
        elif unit:
            yield name, {"fact": fact, "unit": unit}
        elif fact != name:
            yield name, fact


def _column_faults(found: FilePreview, options: ReadOptions) -> list[Fault]:
    """Why the columns cannot be read."""
    if found.format == "ndjson":
        return []
    try:
        bind_header([name for name, _ in found.columns], options)
    except InputError as error:
        return list(error.faults)
    return []


def _start_screening(batch_id: str) -> Response:
    if not begin_draft(principal(), batch_id):
        flash("The queue is not available. The batch is saved and starts when it is.", "note")
    return redirect(url_for("batch_pages.show", batch_id=batch_id), 303)


def _page(batch_id: str, found: FilePreview | Fault, options: ReadOptions, faults: list[Fault]) -> str:
    unreadable = fault_text(found) if isinstance(found, Fault) else ""
    columns = [] if isinstance(found, Fault) or found.format == "ndjson" else list(_columns(found, options))
    messages = {fault.path: _column_text(fault) for fault in faults}
    return render_template(
        "batches/start.html", batch_id=batch_id, preview=found, unreadable=unreadable, columns=columns, options=options,
        faults=messages, facts=template_headers(1) if columns else [], lists=sorted(completable_lists()),
    )  # fmt: skip


def _column_text(fault: Fault) -> str:
    """The fault of a column with its suggestion; its other hints are for the API and the command line."""
    is_suggestion = (fault.hint or "").startswith("did you mean")
    return fault_text(fault if is_suggestion or not fault.path.startswith("column ") else replace(fault, hint=None))


def _columns(found: FilePreview, options: ReadOptions) -> Iterator[dict[str, Any]]:
    for number, (name, fact) in enumerate(found.columns):
        target = (options.mapping or {}).get(name)
        chosen = target.fact if target else name
        cells = [row[number] for row in found.rows if number < len(row)]
        unit = (target.unit or "") if target else ""
        yield {
            "number": number, "name": name, "fact": fact, "chosen": chosen or "", "unit": unit,
            "cells": cells,
        }  # fmt: skip


@blueprint.route("/batches/template.csv")
def table() -> Response:
    """Download the template: a table with only the header of all columns."""
    response = make_response(template_csv(long=request.args.get("form") == "long"))
    response.headers["Content-Disposition"] = 'attachment; filename="trialmatch-template.csv"'
    response.mimetype = "text/csv"
    return response
