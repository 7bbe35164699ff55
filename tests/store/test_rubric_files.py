"""Rubric files: YAML's traps, broken files, and every fault with line, column and a hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.errors import RubricError
from qa_service.store.rubric_files import MAX_BYTES, build, parse_source, read_rubric, scan, scan_text

GOOD = """\
rubric: phone-support
version: 3
channel: phone
title: Phone support
phrases:
  hi: {en: [hello], fa: ["سلام"], no: ["hei"]}
sections:
  - id: opening
    title: Opening
    weight: 1
    criteria:
      - id: greeting
        question: Did they greet?
        weight: 1.5
        detect:
          any:
            - said: {by: agent, phrases: hi, within: first 30s}
            - manual
"""


def faults(text: str) -> list[str]:
    return [str(fault) for fault in scan_text(text, file="r.yaml").faults]


def test_a_good_file() -> None:
    found = scan_text(GOOD, file="r.yaml")
    assert found.faults == ()
    assert found.rubric is not None
    assert found.rubric.phrases["hi"] == {"en": ("hello",), "fa": ("سلام",), "no": ("hei",)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
        ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None), ("Null", None),
        ("3", 3), ("-3", -3), ("0", 0), ("+3", 3), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("1.10", 1.1),
        ("1:30", "1:30"), ("010", "010"), ("0o17", "0o17"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("0b1", "0b1"),
        ("2024-01-01", "2024-01-01"), ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"), (".inf", ".inf"), (".nan", ".nan"),
         ("1e999", "1e999"),
        ("9" * 15, 10**15 - 1), ("9" * 16, "9" * 16), ("9" * 5000, "9" * 5000), ("=", "="), ("'3'", "3"), ('"yes"', "yes"), ("10s", "10s"),
        ("۳", "۳"), ("[yes, 3, '3']", ["yes", 3, "3"]), ("|\n  text", "text\n"), ("hello # comment", "hello"),
    ],
)  # fmt: skip
def test_plain_values(text: str, value: Any) -> None:
    assert parse_source(f"x: {text}\n", file="r.yaml").data == {"x": value}


ANY = "sections.0.criteria.0.detect.any"
DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "1:1", "a rubric is a mapping that starts with 'rubric:'"),
        ("- a\n- b\n", "1:1", "a rubric is a mapping"),
        ("hello", "1:1", "a rubric is a mapping"),
        ("# only a comment\n", "1:1", "a rubric is a mapping"),
        ("a: 1\na: 2\n", "2:1", "key 'a' is there twice"),
        ("a:\n  b: {c: 1, c: 2}\n", "2:13", "key 'c' is there twice"),
        ("a: &x 1\n", "1:4", "anchors and aliases"),
        ("a: &x 1\nb: *x\n", "1:4", "anchors and aliases"),
        ("a: &x [1]\n", "1:4", "anchors and aliases"),
        ("a: *x\n", "1:4", "anchors and aliases"),
        ("&x a: 1\n", "1:1", "anchors and aliases"),
        ("a: !!int 3\n", "1:4", "tags are not used"),
        ("a: !!python/object/apply:os.system [ls]\n", "1:4", "tags are not used"),
        ("!x\na: 1\n", "1:1", "tags are not used"),
        ("<<: {a: 1}\n", "1:1", "merge keys are not used"),
        ("a:\n  <<: {a: 1}\n", "2:3", "merge keys are not used"),
        ("? [a]\n: b\n", "1:3", "a key must be a word"),
        ("{a: 1}: b\n", "1:1", "a key must be a word"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document starts here"),
        ("a:\n\tb: 1\n", "2:1", "indent with blanks, not with tabs"),
        ("a: b: c\n", "1:5", "a text with a colon in it needs quotes"),
        ("a: @x\n", "1:4", "put the text in quotes"),
        ("a: 'x\n", "2:1", "a quote or bracket is never closed"),
        ("سلام: [\n", "2:1", "broken YAML"),
        ("a: 1\n b: 2\n", "2:3", "a text with a colon in it needs quotes"),
        ("a: \x00\n", "1:4", "character U+0000 is not allowed"),
        ("a: 1\nسلام: \x07\n", "2:7", "character U+0007 is not allowed"),
        ("%YAML 3.0\n---\na: 1\n", "1:1", "broken YAML"),
        ("a: " + "[" * DEEP, "1:44", "nested deeper than 40 levels"),
        ("- " * DEEP, "1:83", "nested deeper than 40 levels"),
        ("{a: " * DEEP, "1:165", "nested deeper than 40 levels"),
        ("x: " + "a" * MAX_BYTES, "1:1", "larger than 2000000 bytes"),
        ("x: " + "س" * (MAX_BYTES // 2), "1:1", "larger than 2000000 bytes"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_broken_yaml_is_told_by_line_and_column(text: str, where: str, message: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"r.yaml:{where}: error: ")
    assert message in fault
    with pytest.raises(RubricError) as raised:
        parse_source(text, file="r.yaml")
    assert raised.value.faults == (fault,)
    assert raised.value.line == int(where.split(":")[0])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("channel: phone", "chanel: phone", ["3:1: error: chanel: unknown key 'chanel' (did you mean 'channel'?)"]),
        ("channel: phone\n", "", ["1:1: error: channel: 'channel' is missing"]),
        ("channel: phone", "channel: fone",
         ["3:1: error: channel: must be 'phone', 'chat', 'email' or 'social', not 'fone' (did you mean 'phone'?)"]),
        ("version: 3", "version: 1.10", ["2:1: error: version: must be a whole number, not 1.1"]),
        ("version: 3", "version: 03", ["2:1: error: version: must be a whole number, not '03'"]),
        ("version: 3", "version: 2024-01-01", ["2:1: error: version: must be a whole number, not '2024-01-01'"]),
        ("version: 3", "version:", ["2:1: error: version: must be a whole number, not nothing"]),
        ("version: 3", "version: 0", ["2:1: error: version: must be 1 or more, not 0"]),
        ("rubric: phone-support", "rubric: Phone",
         ["1:1: error: rubric: 'Phone' is no id: small letters, digits and _ (or - in the id of a rubric)"]),
        ("title: Phone support", "title: 1.10",
         ["4:1: error: title: 1.1 is no text: put it in quotes, or write {en: ..., fa: ..., ar: ...}"]),
        ("title: Phone support", "title: {en: 3}", ["4:9: error: title.en: must be a text, not 3 (put it in quotes)"]),
        ("title: Phone support", "title: {english: Phone}",
         ["4:9: error: title.english: 'english' is no language code: write en, fa, ar or another ISO 639 code"]),
        ("[hello]", "[hello, 1.10]", ["6:20: error: phrases.hi.en.1: 1.1 is no phrase (put it in quotes)"]),
        ("[hello]", "[hello, yes, 1:30]", []),
        ("[hello]", "[]", ["6:8: error: phrases.hi.en: no phrases here (write a list: [\"...\", \"...\"])"]),
        ("no: [", "norsk: [", ["6:35: error: phrases.hi.norsk: 'norsk' is no language code (write en, fa, ar or another ISO 639 code)"]),
        ("  hi: ", "  Hi: ", ["6:3: error: phrases.Hi: 'Hi' is no id: small letters, digits and _ (or - in the id of a rubric)"]),
        ("weight: 1\n", "wieght: 1\n", ["10:5: error: sections.0.wieght: unknown key 'wieght' (did you mean 'weight'?)"]),
        ("weight: 1.5", "weight: yes", ["14:9: error: sections.0.criteria.0.weight: must be a number, not 'yes'"]),
        ("weight: 1.5", "weight: 0", ["14:9: error: sections.0.criteria.0.weight: must be more than 0, not 0"]),
        ("weight: 1.5", "weight: 010", ["14:9: error: sections.0.criteria.0.weight: must be a number, not '010'"]),
        ("weight: 1.5", "weight: 1.2345", ["14:9: error: sections.0.criteria.0.weight: 1.2345 has more than three decimals"]),
        ("weight: 1.5", "severty: minor\n        weight: 1",
         ["14:9: error: sections.0.criteria.0.severty: unknown key 'severty' (did you mean 'severity'?)"]),
        ("said: {by: agent", "said: {by: agnet",
         [f"17:22: error: {ANY}.0.said.by: must be 'agent', 'customer' or 'any', not 'agnet' (did you mean 'agent'?)"]),
        ("- said:", "- siad:", [f"17:15: error: {ANY}.0.siad: unknown detection 'siad' (did you mean 'said'?)"]),
        ("within: first", "withn: first",
         [f"17:46: error: {ANY}.0.said.withn: unknown key 'withn' (did you mean 'within'?)"]),
        ("phrases: hi,", "phrase: hi,",  # the missing 'phrases' is the same fault
         [f"17:33: error: {ANY}.0.said.phrase: unknown key 'phrase' (did you mean 'phrases'?)"]),
        ("phrases: hi,", "phrases: hii,",
         [f"17:33: error: {ANY}.0.said.phrases: phrases 'hii' are not defined (did you mean 'hi'?)"]),
        ("first 30s", "first 1:30",
         [f"17:46: error: {ANY}.0.said.within: 'first 1:30' is no part: write 'first 30s', 'last 20%', "
          "'first 3 turns', 'before ID' or 'after ID'"]),
        ("first 30s", "after greting",
         [f"17:46: error: {ANY}.0.said.within: 'greting' is no criterion of this rubric (did you mean 'greeting'?)"]),
        ("first 30s", "after greeting",
         ["12:9: error: sections.0.criteria.0: waits for itself through 'before', 'after' or 'asked_when': greeting -> greeting"]),
        ("- manual", "- signal: {name: a.b, atmost: 3}",
         [f"18:35: error: {ANY}.1.signal.atmost: unknown key 'atmost' (did you mean 'at_most'?)"]),
        ("- manual", "- signal: {at_least: 3}", [f"18:15: error: {ANY}.1.signal.name: 'name' is missing"]),
        ("- manual", "- at_least: {count: 2, of: [{said: {phrases: hi, by: me}}]}",
         [f"18:62: error: {ANY}.1.at_least.of.0.said.by: must be 'agent', 'customer' or 'any', not 'me'"]),
        ("- manual", "- at_least: {count: 2, of: [manual]}", [f"18:26: error: {ANY}.1.at_least.count: 2 of 1 can never be yes"]),
        ("- manual", "- all:", [f"18:15: error: {ANY}.1.all: must be a list, not nothing"]),
        ("- manual", "- all: []", [f"18:15: error: {ANY}.1.all: must not be empty"]),
        ("- manual", "- reached: closin",
         [f"18:15: error: {ANY}.1.reached: must be 'greeting', 'identity', 'hold' or 'closing', not 'closin' "
          "(did you mean 'closing'?)"]),
        ("- manual", "- {said: {phrases: hi}, by: agent}",
         [f"18:15: error: {ANY}.1: a detection is one kind with its settings, not said, by "
          "(such as 'said: {...}'; combine several with all, any, none or at_least)"]),
        ("- manual", "- answered_within: {limit: 60}",
         [f"18:33: error: {ANY}.1.answered_within.limit: 60 needs a unit: write 500ms, 10s, 2m or 24h"]),
        ("        detect:\n",
         "        options: [{id: yes, title: Y, value: 1}, {id: no, title: N, value: 0, auto_fail: yes}]\n        detect:\n",
         ["15:79: error: sections.0.criteria.0.options.1.auto_fail: must be true or false, not 'yes' (write true or false)"]),
        ("    criteria:\n", "    criteria: oops\n    more:\n",
         ["11:5: error: sections.0.criteria: must be a list, not 'oops'",
          "12:5: error: sections.0.more: unknown key 'more' (known are id, title, weight, auto_fail, criteria)"]),
        ("sections:\n", "settings: {auto_fail: zeor, not_aplicable: exclude}\nsections:\n",
         ["7:12: error: settings.auto_fail: must be 'zero', 'cap', 'show' or 'none', not 'zeor' (did you mean 'zero'?)",
          "7:29: error: settings.not_aplicable: unknown key 'not_aplicable' (did you mean 'not_applicable'?)"]),
    ],
)  # fmt: skip
def test_faults_of_the_language(old: str, new: str, expected: list[str]) -> None:
    assert GOOD.count(old) == 1
    assert faults(GOOD.replace(old, new)) == [f"r.yaml:{one}" for one in expected]


def test_many_faults_come_in_the_order_of_the_file_and_none_twice() -> None:
    text = GOOD.replace("version: 3", "version: x").replace("- said:", "- siad:").replace("id: greeting", "id: Greeting")
    text = text.replace("[hello]", "[5]")
    assert [line.split(":")[1] for line in faults(text)] == ["2", "6", "12", "17"]
    with pytest.raises(RubricError) as raised:
        build(parse_source(text, file="r.yaml"))
    assert (raised.value.line, raised.value.field, len(raised.value.faults)) == (2, "version", 4)


FULL = GOOD.encode()


@pytest.mark.parametrize(
    ("raw", "where", "message"),
    [
        (FULL.replace("سلام".encode(), "caf\u00e9".encode("latin-1")), "6:30", "not UTF-8: byte 0xe9 (save the file as UTF-8)"),
        (GOOD.encode("utf-16"), "1:1", "not UTF-8: byte 0xff"),
        (b"\x1f\x8b\x08", "1:2", "not UTF-8: byte 0x8b"),
        (b"", "1:1", "a rubric is a mapping"),
        (b"a" * (MAX_BYTES + 1), "1:1", "larger than"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, raw: bytes, where: str, message: str) -> None:
    path = tmp_path / "phone.yaml"
    path.write_bytes(raw)
    (fault,) = scan(path).faults
    assert str(fault).startswith(f"{path}:{where}: error: {message}")
    with pytest.raises(RubricError, match=message.split(" (")[0].replace("(", r"\(")):
        read_rubric(path)


@pytest.mark.parametrize(
    "raw", [FULL, b"\xef\xbb\xbf" + FULL, FULL.replace(b"\n", b"\r\n")], ids=["plain", "byte order mark", "windows lines"]
)
def test_files_that_are_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "phone.yaml"
    path.write_bytes(raw)
    rubric, source = read_rubric(path)
    assert rubric.rubric == "phone-support"
    assert source.position(("sections", 0, "criteria", 0, "detect", "any", 0, "said", "by")) == (17, 22)
    assert source.position(("sections", 0, "nowhere")) == (8, 5)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(RubricError, match="no such file") as raised:
            read_rubric(path)
        assert raised.value.file == str(path)
