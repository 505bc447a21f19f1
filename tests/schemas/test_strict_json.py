"""Strict JSON: what is accepted, what is rejected, and the line of each path."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.inputs.faults import InputError
from schemas.inputs.strict_json import MAX_DEPTH, MAX_FAULTS, NotJson, lines_of, read_json

ACCEPTED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    lambda below: st.lists(below) | st.dictionaries(st.text(st.characters(exclude_categories=("Cs", "Cc"))), below),
    max_leaves=20,
)

REJECTED: list[tuple[str, bytes, list[str]]] = [
    ("NaN", b'{"a": NaN}', ["a"]),
    ("infinities", b"[Infinity, [-Infinity], 1e400]", ["[0]", "[1][0]", "[2]"]),
    ("nineteen digits", b'{"a": {"b": -1234567890123456789}}', ["a.b"]),
    ("a repeated key", b'{"a": 1, "b": {"c": 1, "c": 2}}', ["b.c"]),
    ("NUL", b'{"a": ["\\u0000"]}', ["a[0]"]),
    ("half a pair in a value and in a key", b'{"a": "\\ud800", "\\udfff": 1}', ["a", ""]),
    ("a key that is no plain word", b'{"John Smith": NaN}', ["*"]),
]

NO_JSON: list[tuple[str, bytes, int | None]] = [
    ("nothing", b"", None),
    ("a broken third line", b'{"a": 1,\n "b": 2,\n "c" 3}', 3),
    ("a broken character on the second line", b'{"a":\n "\xff"}', 2),
    ("a byte order mark", b"\xef\xbb\xbf{}", 1),
    ("a string that is not closed", b'["abc', 1),
    ("a string that ends in a backslash", b'["abc\\', 1),
    ("closing brackets alone", b"]" * 100, 1),
]


@given(ACCEPTED)
def test_plain_json_reads_as_the_standard_library_reads_it(data: object) -> None:
    text = json.dumps(data)
    assert read_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(("body", "paths"), [case[1:] for case in REJECTED], ids=[case[0] for case in REJECTED])
def test_every_rejected_value_is_named_by_its_path(body: bytes, paths: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_json(body)
    assert [fault.path for fault in caught.value.faults] == paths
    assert all(fault.hint for fault in caught.value.faults)


@pytest.mark.parametrize(("body", "line"), [case[1:] for case in NO_JSON], ids=[case[0] for case in NO_JSON])
def test_invalid_json_is_rejected_with_its_line(body: bytes, line: int | None) -> None:
    with pytest.raises(NotJson) as caught:
        read_json(body)
    assert [(fault.path, fault.line) for fault in caught.value.faults] == [("", line)]


def test_depth_is_bounded_and_brackets_in_texts_do_not_count() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert json.dumps(read_json(deepest), separators=("", "")).encode() == deepest
    with pytest.raises(NotJson):
        read_json(b"[" + deepest + b"]")
    assert read_json(json.dumps("[{" * 100).encode()) == "[{" * 100
    assert read_json(b'["\\"[[' + b"[" * MAX_DEPTH + b'"]') == ['"[[' + "[" * MAX_DEPTH]


def test_the_number_of_faults_is_bounded() -> None:
    with pytest.raises(InputError) as caught:
        read_json(b"[" + b"NaN," * 1000 + b"1]")
    assert len(caught.value.faults) == MAX_FAULTS


@pytest.mark.parametrize("body", [b'["' + b'\\"' * 500_000, b'"' * 999_999, b"[" + b"[]," * 300_000 + b"1"])
def test_a_megabyte_of_hostile_input_is_rejected(body: bytes) -> None:
    """Parsing in more than linear time would exceed any time limit."""
    with pytest.raises(NotJson):
        read_json(body)


def test_each_path_has_its_line() -> None:
    text = '{\n "a": [1,\n  {"b": "x\\"]"}],\n "c":\n  {},\n "odd key": [[],\n  2]}'
    assert read_json(text.encode())
    expected = {"": 1, "a": 2, "a[0]": 2, "a[1]": 3, "a[1].b": 3, "c": 4, "*": 6, "*[0]": 6, "*[1]": 7}
    assert lines_of(text) == expected


@given(ACCEPTED, st.sampled_from([None, 1, "\t"]))
def test_lines_are_found_in_all_accepted_input(data: object, indent: int | str | None) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    assert read_json(text.encode()) == data
    lines = lines_of(text)
    assert lines[""] == 1
    assert max(lines.values()) <= text.count("\n") + 1
