"""Merges vocabularies that plugins add: new vocabularies, and new terms, dimensions and variant groups.

Built-in terms keep their meaning: a plugin may not redefine a term, reuse a word of another term, or add to a closed
group, because trials rely on knowing all its members.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from schemas.inputs.faults import InputError
from schemas.inputs.strict_yaml import read_text, read_yaml
from schemas.plugins import VOCABULARIES, AddedByPackages, EntryPointObject, package_files, read_entry_points

Table: TypeAlias = Mapping[str, Any]
Tables: TypeAlias = Mapping[str, Table]

FLAT_TABLES = ("dimension", "variant_group")
"""Tables whose entries are directly below their name; those of a vocabulary are below `terms`."""


def merged_with_plugins(tables: Tables) -> AddedByPackages[Table]:
    """The packaged tables merged with those of plugins; a plugin's addition is accepted as a whole or not at all."""
    found = read_entry_points(VOCABULARIES, _tables_of, ())
    out, faults = dict(tables), list(found.faults)
    for entry, more in found.accepted.values():
        try:
            with entry.guarded():
                out |= {name: _merged(name, out.get(name), body, entry) for name, body in more.items()}
        except InputError as error:
            faults.extend(error.faults)
    return AddedByPackages(out, tuple(faults))


def _tables_of(entry: EntryPointObject) -> tuple[EntryPointObject, dict[str, Table]]:
    out: dict[str, Table] = {}
    for name, file, _ in package_files(entry):
        data = read_yaml(read_text(file, name), name).data
        if not isinstance(data, Mapping) or not all(isinstance(body, Mapping) for body in data.values()):
            raise entry.rejected(f"{file.name} must contain vocabularies by name")
        if repeated := out.keys() & data.keys():
            raise entry.rejected(f"{_listed(repeated)} is in two files")
        out |= data
    return entry, out


def _merged(name: str, known: Table | None, body: Table, entry: EntryPointObject) -> Table:
    """The table with the new entries.

    Raises: InputError when they do not fit.
    """
    if name in FLAT_TABLES:
        old, new = known or {}, body
    elif known is not None and ("terms" not in known or not body.keys() <= {"terms", "source"}):
        raise entry.rejected(f"{name} exists already", "to add terms to it, use only the keys terms: and source:")
    else:
        old, new = (known or {}).get("terms", {}), body.get("terms", {})
    if not isinstance(new, Mapping) or not new:
        raise entry.rejected(f"{name} has no terms")
    if repeated := old.keys() & new.keys():
        raise entry.rejected(f"{name} already has {_listed(repeated)}, which cannot be changed")
    for fault in CHECKS.get(name, _term_faults)(old, new):
        raise entry.rejected(f"{name}: {fault}")
    return {**old, **new} if name in FLAT_TABLES else {**body, **(known or {}), "terms": {**old, **new}}


def _term_faults(old: Table, new: Table) -> Iterator[str]:
    taken = {word: code for code, term in old.items() for word in _words(code, term or {})}
    for code, term in new.items():
        if not isinstance(term, Mapping | None):
            yield f"{code} must be a term, such as {{label: its name}}"
        for above in (term or {}).get("parents", ()):
            if above not in old and above not in new:
                yield f"{code} has the unknown parent {above}"
            elif (old.get(above) or {}).get("closed"):
                yield f"{code} cannot be added to {above}, which is a closed group"
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
