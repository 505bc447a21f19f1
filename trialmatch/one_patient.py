"""One patient: match a summary against trials, explain one trial, read a note."""

import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from matching.trial import Trial
from schemas.implications.contradictions import accept_patient
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.spelling import nearest
from schemas.inputs.strict_json import NotJson, lines_of, read_json
from schemas.summary.facts import Patient
from schemas.trials.library import load_library
from trialmatch.extras import naming_extra
from verdicts.match import match_patient

FilePath: TypeAlias = str | PathLike[str]
Summary: TypeAlias = Mapping[str, Any] | FilePath
"""A patient summary as a dictionary, or the path of a JSON file."""

Trials: TypeAlias = Iterable[Trial] | FilePath | None
"""Trials, the path of a folder of trial files, or None for the packaged trials."""


def match(summary: Summary, trials: Trials = None) -> dict[str, Any]:
    """Match one patient against trials, best match first, with a reason for each criterion.

    The result is the JSON that `trialmatch match --json` prints: `patient`, `matches`, `ask_next`, `contradictions` and
    `notice`; docs/api.md describes it. Facts that the summary does not report make a trial possible, never eligible or
    ineligible.

        >>> result = trialmatch.match("examples/patients/braf-micronodular.json")
        >>> verdicts = {match["trial"]: match["verdict"] for match in result["matches"]}
        >>> verdicts["NCT03244956"], verdicts["NCT04554680"]
        ('eligible', 'ineligible')

    Raises: InputError with the path of every fault of the summary or of a trial file.
    """
    return match_patient(_patient(summary), trials_of(trials))


def explain(summary: Summary, trial: Trial | str) -> dict[str, Any]:
    """Match one patient against one trial, given as a Trial or as the id of a packaged one.

    The result is an entry of `matches`: the verdict, and for each criterion whether it is met, the observed values and
    their paths in the summary; for a possible trial also the missing facts.

        >>> match = trialmatch.explain("examples/patients/braf-micronodular.json", "NCT04554680")
        >>> [criterion["text"] for criterion in match["criteria"] if criterion["verdict"] == "not_met"]
        ['RECIST 1.1 measurable disease; an irradiated lesion only if it progressed']

    Raises: InputError for a faulty summary; KeyError for an unknown id.
    """
    chosen = _packaged(trial) if isinstance(trial, str) else trial
    found: dict[str, Any] = match_patient(_patient(summary), [chosen])["matches"][0]
    return found


def load_trials(folder: FilePath | None = None) -> list[Trial]:
    """Load the trial files of a folder, or the packaged trials and those of installed packages.

        >>> trials = [trial for trial in trialmatch.load_trials() if trial.recruiting]
        >>> result = trialmatch.match("examples/patients/medullary.json", trials)
        >>> len(result["matches"]) == len(trials)
        True

    Raises: InputError with file, line and path of every fault in the folder; a faulty trial is never skipped silently.
    """
    if folder is None:
        return list(load_library().trials.values())
    # Not cached: the files of a folder may be edited between two calls.
    library = load_library.__wrapped__(Path(folder))
    if library.faults:
        raise InputError(library.faults)
    return list(library.trials.values())


def read_note(text: str, *, patient_ref: str = "note", as_of: int | None = None) -> dict[str, Any]:
    """Read the facts of a de-identified clinical note in English. Needs the extra `notes`.

    The result is the JSON that `trialmatch extract --json` prints. `summary` is a patient summary for `match`; `facts`
    lists everything found, with its words. `as_of` is the year of the note; without it, years of events are ignored.

        >>> note = trialmatch.read_note("Papillary thyroid carcinoma, BRAF V600E. ECOG 1.")
        >>> note["summary"]["diagnosis"]
        {'histology': 'papillary'}
        >>> result = trialmatch.match(note["summary"])

    Raises: InputError for a text that is not a note or contains an identifier; MissingExtra without spaCy.
    """
    from extraction.extract import extract
    from extraction.identifiers import refuse_identifiers
    from extraction.note_text import check_note

    refuse_identifiers(check_note(text))
    with naming_extra("Reading notes"):
        return extract(text, patient_ref, as_of).to_json()


def trials_of(trials: Trials) -> list[Trial]:
    """The trials that a caller asked for.

    Raises: InputError where there is none, or for a faulty trial file.
    """
    found = load_trials(trials) if trials is None or isinstance(trials, str | PathLike) else list(trials)
    if not found:
        raise InputError([Fault("", "there are no trials to match")])
    return found


def patient_of_json(body: bytes, name: str) -> Patient:
    """The patient of a JSON document; `name` is that of its file.

    Raises: InputError with file, line and path of every fault.
    """
    try:
        return accept_patient(read_json(body))
    except NotJson as error:
        raise error.placed(name) from None
    except InputError as error:
        raise error.placed(name, lines_of(body.decode())) from None


def _patient(summary: Summary) -> Patient:
    if isinstance(summary, str | PathLike):
        return patient_of_json(Path(summary).read_bytes(), str(summary))
    # Through JSON, so that a dictionary is checked exactly like a file or a request.
    return accept_patient(read_json(json.dumps(summary).encode()))


def _packaged(trial_id: str) -> Trial:
    known = load_library().trials
    if trial_id in known:
        return known[trial_id]
    near = nearest(trial_id, known)
    raise KeyError(f"no packaged trial has the id {trial_id}{f'; did you mean {near}?' if near else ''}")
