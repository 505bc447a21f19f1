"""Sending a registry from the page: a file, then a look at its first rows and how they will be read."""

import io
from collections.abc import Iterator
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
from service.page.access import PageBlueprint
from service.page.account.sessions import principal, signed_in
from settings.roles import CLINICAL_ROLES
from workers.batches.stored_file import open_batch_file

blueprint = PageBlueprint("batch_upload", __name__, *CLINICAL_ROLES)

ROWS_SHOWN = 3
UPLOAD = "batch_upload_pages.new"


def allow_large_files(app: Flask) -> None:
    """Before the form is read for its token: a registry may be large, from whoever may send one."""

    def widen() -> None:
        if request.endpoint == UPLOAD and request.method == "POST":
            me = signed_in()
            if me is not None and me.principal.role in CLINICAL_ROLES:
                request.max_content_length = dependencies().settings.max_batch_bytes + PART_BYTES

    app.before_request(widen)


@blueprint.route("/batches/new", methods=["GET", "POST"])
def new() -> Response | str:
    """The form for a file, and what it sends."""
    if request.method == "GET":
        return _form()
    if request.form.get("deidentified") != "yes":
        return make_response(
            _form("deidentified", "Tick this if it is so; files that identify anybody may not be sent."), 422
        )
    try:
        file = request.files.get("file")
        parts = read_parts(file.stream.read if file else io.BytesIO().read)
        batch_id = receive_draft(principal(), parts, ReadOptions(deidentified=True))
    except InputError as error:
        return make_response(_form("file", _told(error.faults[0])), 422)
    return redirect(url_for("batch_upload_pages.start", batch_id=batch_id), 303)


def _form(field: str = "", error: str = "") -> str:
    return render_template("batches/new.html", error={field: error} if field else {})


def _told(fault: Fault) -> str:
    return f"{fault.message}{f' ({fault.hint})' if fault.hint else ''}"


@blueprint.route("/batches/<row_id:batch_id>/start", methods=["GET", "POST"])
def start(batch_id: str) -> Response | str:
    """The first rows and how they will be read; begin, or let it be."""
    options = draft_options(principal(), batch_id)
    if options is None:
        raise NotFound
    if request.form.get("do") == "discard":
        discard_draft(batch_id)
        flash("The file is discarded; nothing of it is kept.", "done")
        return redirect(url_for("batch_pages.index"), 303)
    faults: list[Fault] = []
    look = _look(batch_id, options)
    if request.method == "POST" and isinstance(look, FilePreview):
        options, faults = _said(options, look)
        look = _look(batch_id, options)
        change_draft_options(principal(), batch_id, options)
    if isinstance(look, FilePreview):
        faults = faults or _unread(look, options)
    if request.form.get("do") == "start" and isinstance(look, FilePreview) and not faults:
        return _begin(batch_id)
    return make_response(_page(batch_id, look, options, faults), 422 if request.form.get("do") == "start" else 200)


def _look(batch_id: str, options: ReadOptions) -> FilePreview | Fault:
    try:
        return preview_file(open_batch_file(dependencies().database, batch_id), options, ROWS_SHOWN)
    except InputError as error:
        return error.faults[0]


def _said(options: ReadOptions, look: FilePreview) -> tuple[ReadOptions, list[Fault]]:
    """How the form says that the file is to be read; what cannot be so stays as it was."""
    given: dict[str, Any] = options.to_json() | {
        "assume_complete": [one for one in request.form.getlist("complete") if one in completable_lists()],
        "decimal": "," if request.form.get("decimal") == "comma" else ".",
        "long": request.form.get("long") == "yes",
    }
    if look.format != "ndjson":
        given["mapping"] = dict(_mapped(look))
    try:
        return ReadOptions.from_json(given), []
    except InputError as error:
        return options, list(error.faults)


def _mapped(look: FilePreview) -> Iterator[tuple[str, Any]]:
    for number, (name, _) in enumerate(look.columns):
        fact = request.form.get(f"fact-{number}", "").strip()[:200]
        unit = request.form.get(f"unit-{number}", "").strip()[:40]
        if not fact:
            yield name, None
        elif unit:
            yield name, {"fact": fact, "unit": unit}
        elif fact != name:
            yield name, fact


def _unread(look: FilePreview, options: ReadOptions) -> list[Fault]:
    """What keeps the columns from being read."""
    if look.format == "ndjson":
        return []
    try:
        bind_header([name for name, _ in look.columns], options)
    except InputError as error:
        return list(error.faults)
    return []


def _begin(batch_id: str) -> Response:
    if not begin_draft(principal(), batch_id):
        flash("The queue does not answer. The batch is stored and begins when it does.", "note")
    return redirect(url_for("batch_pages.show", batch_id=batch_id), 303)


def _page(batch_id: str, look: FilePreview | Fault, options: ReadOptions, faults: list[Fault]) -> str:
    unreadable = _told(look) if isinstance(look, Fault) else ""
    columns = [] if isinstance(look, Fault) or look.format == "ndjson" else list(_columns(look, options))
    wrong = {fault.path: _told(fault) for fault in faults}
    return render_template(
        "batches/start.html", batch_id=batch_id, look=look, unreadable=unreadable, columns=columns, options=options,
        wrong=wrong, facts=template_headers(1) if columns else [], lists=sorted(completable_lists()),
    )  # fmt: skip


def _columns(look: FilePreview, options: ReadOptions) -> Iterator[dict[str, Any]]:
    for number, (name, fact) in enumerate(look.columns):
        target = (options.mapping or {}).get(name)
        said = target.fact if target else name
        cells = [row[number] for row in look.rows if number < len(row)]
        unit = (target.unit or "") if target else ""
        yield {
            "number": number, "name": name, "fact": fact, "said": said or "", "unit": unit,
            "cells": cells,
        }  # fmt: skip


@blueprint.route("/batches/template.csv")
def table() -> Response:
    """The header of the table that a registry can be written in."""
    response = make_response(template_csv(long=request.args.get("form") == "long"))
    response.headers["Content-Disposition"] = 'attachment; filename="trialmatch-template.csv"'
    response.mimetype = "text/csv"
    return response
