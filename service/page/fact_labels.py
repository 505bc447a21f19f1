"""Names of facts for readers, by their paths."""

import re
from functools import cache

from schemas.summary.declared_facts import declared
from service.page.patients.form_model import asked_for

INDEX = re.compile(r"\[\d+\]")


def fact_label(path: str) -> str:
    """The label of a fact, list or record: `disease.lesions[0].site` as Site (lesions)."""
    plain = INDEX.sub("", path)
    table = declared().tables.get(plain)
    if table is not None:
        return _capital(table.field.label)
    field = declared().field(plain)
    if field is None:
        return _capital(plain.rpartition(".")[2].replace("_", " "))
    above = declared().tables.get(plain.rpartition(".")[0])
    return _capital(f"{field.label} ({above.field.label})" if above else field.label)


@cache
def facts_missed() -> list[tuple[str, str]]:
    """The facts and lists that results may name as missing, with their labels, by label."""
    lists = [table.path for table in declared().tables.values()]
    facts = [path for path in declared().facts if asked_for().get(path) or path.endswith("_complete")]
    return sorted(((path, fact_label(path)) for path in (*lists, *facts)), key=lambda one: one[1])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
