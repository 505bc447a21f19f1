"""Wording for facts that no patient summary declares: each is named by its path."""

from matching import nodes as c
from matching.interval import Interval
from matching.patient_values import Plain, Values


class PlainWords:
    """`FactWording` without a vocabulary."""

    def label(self, path: str) -> str:
        return path

    def codes(self, path: str, codes: frozenset[str]) -> str:
        return " or ".join(sorted(codes)) or "none"

    def range(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        return f"from {interval.lo:g} to {interval.hi:g}"

    def value(self, path: str, interval: Interval, where: c.TruthNode | None = None) -> str:
        return f"{interval.lo:g}" if interval.is_point else self.range(path, interval)

    def fact(self, path: str, value: Plain) -> str:
        return f"{path} {'not reported' if value is None else 'reported'}"

    def singular(self, table: str) -> str:
        return f"record of {table}"

    def naming_fact(self, table: str) -> str:
        return f"{table}.colour"

    def default(self, path: str) -> object:
        return {"lesions.shade": "red", "lesions.grown": True}.get(path)

    def met_by_default(self, path: str, codes: frozenset[str]) -> bool:
        return codes == frozenset({self.default(path)})

    def record(self, table: str, values: Values, fields: frozenset[str]) -> str:
        return f"with {len(values)} facts"

    def ask_fact(self, path: str) -> str:
        return f"What is {path}?"

    def ask_record(self, table: str, field: str, row: int, record: str) -> str:
        return f"What is {field} of {record} of {table}?"

    def ask_list(self, table: str, where: c.TruthNode) -> str:
        return f"Is {table} complete?"

    def sources_of(self, path: str) -> tuple[str, ...]:
        return (path, "treated") if path.endswith("grown") else (path,)

    def implied_by(self, path: str, source: str) -> frozenset[str] | Interval | str | None:
        return None

    def only_at_most(self, path: str) -> bool:
        return path == "age"

    def completing_facts(self, table: str) -> tuple[str, ...]:
        return (f"{table}_complete",) if table == "lesions" else ()

    def definition(self, name: str) -> str:
        return f"the definition {name}"
