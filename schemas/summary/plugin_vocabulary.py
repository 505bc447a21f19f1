"""Vocabularies that packages add: new ones whole, and new terms, dimensions and variant groups to those built in.

What is built in keeps its meaning: an addition may not redefine a term, take a word that means another, or join a
closed group, of which trials rely on knowing every member.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from schemas.inputs.faults import InputError
from schemas.inputs.strict_yaml import read_text, read_yaml
from schemas.plugins import VOCABULARIES, AddedByPackages, EntryPointObject, package_files, read_entry_points

Table: TypeAlias = Mapping[str, Any]
Tables: TypeAlias = Mapping[str, Table]

PLAIN = ("dimension", "variant_group")
"""Tables whose entries stand directly below their name; in a vocabulary they stand below `terms`."""


def extended(tables: Tables) -> AddedByPackages[Table]:
    """The packaged tables with what packages add; an addition is taken whole or not at all."""
    found = read_entry_points(VOCABULARIES, _tables_of, ())
    out, faults = dict(tables), list(found.faults)
    for entry, more in found.accepted.values():
        try:
            with entry.guarded():
                out |= {name: _joined(name, out.get(name), body, entry) for name, body in more.items()}
        except InputError as error:
            faults.extend(error.faults)
    return AddedByPackages(out, tuple(faults))


def _tables_of(entry: EntryPointObject) -> tuple[EntryPointObject, dict[str, Table]]:
    out: dict[str, Table] = {}
    for name, file, _ in package_files(entry):
        data = read_yaml(read_text(file, name), name).data
        if not isinstance(data, Mapping) or not all(isinstance(body, Mapping) for body in data.values()):
            raise entry.rejected(f"{file.name} must hold vocabularies by name")
        if repeated := out.keys() & data.keys():
            raise entry.rejected(f"{_listed(repeated)} stands in two files")
        out |= data
    return entry, out


def _joined(name: str, known: Table | None, body: Table, entry: EntryPointObject) -> Table:
    """The table with the new entries.

    Raises: InputError when they do not fit.
    """
    if name in PLAIN:
        old, new = known or {}, body
    elif known is not None and ("terms" not in known or not body.keys() <= {"terms", "source"}):
        raise entry.rejected(f"{name} is there already", "say terms: and source: alone, to add terms to it")
    else:
        old, new = (known or {}).get("terms", {}), body.get("terms", {})
    if not isinstance(new, Mapping) or not new:
        raise entry.rejected(f"{name} has no terms")
    if repeated := old.keys() & new.keys():
        raise entry.rejected(f"{name} has {_listed(repeated)} already, and that stays as it is")
    for fault in CHECKS.get(name, _term_faults)(old, new):
        raise entry.rejected(f"{name}: {fault}")
    return {**old, **new} if name in PLAIN else {**body, **(known or {}), "terms": {**old, **new}}


def _term_faults(old: Table, new: Table) -> Iterator[str]:
    taken = {word: code for code, term in old.items() for word in _words(code, term or {})}
    for code, term in new.items():
        if not isinstance(term, Mapping | None):
            yield f"{code} must be a term, such as {{label: its name}}"
        for above in (term or {}).get("parents", ()):
            if above not in old and above not in new:
                yield f"{code} has the unknown parent {above}"
            elif (old.get(above) or {}).get("closed"):
                yield f"{code} cannot join {above}, which is a closed group"
        for word in _words(code, term or {}):
            if taken.setdefault(word, code) != code:
                yield f"{code} uses a word that means {taken[word]}"


def _words(code: str, term: Table) -> set[str]:
    label = str(term.get("label", code.replace("_", " ")))
    return {" ".join(str(word).split()).casefold() for word in (code, label, *term.get("synonyms", ()))}


def _dimension_faults(_: Table, new: Table) -> Iterator[str]:
    for name, body in new.items():
        try:
            numbers = [body.get("min", 0), body.get("max", 1), *body["units"].values()]
            usable = isinstance(body["canonical"], str) and all(Fraction(str(number)) >= 0 for number in numbers)
        except (KeyError, AttributeError, ValueError, ZeroDivisionError):
            usable = False
        if not usable:
            yield f"{name} needs canonical, units with their factors, and numbers for min and max"


def _group_faults(_: Table, new: Table) -> Iterator[str]:
    for name, body in new.items():
        if not isinstance(body, Mapping) or not isinstance(body.get("any_of"), list):
            yield f"{name} needs any_of with patterns of variants"


CHECKS = {"dimension": _dimension_faults, "variant_group": _group_faults}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(map(str, names)))
