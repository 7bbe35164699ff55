"""Lint of whole files with the real catalogue, phrases and patterns compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.domain.rubric_source import Level
from qa_service.errors import RubricError
from qa_service.services.lint import lint_file, lint_text, load_rubric

CATALOGUE = Analysis().catalogue
SHIPPED = sorted((Path(__file__).parents[2] / "rubrics").glob("*.yaml"))
GOOD = """\
rubric: phone-support
version: 1
channel: phone
title: {en: Phone, fa: تلفن, ar: هاتف}
phrases:
  hi:
    en: ["hello", "good (morning|day)"]
    fa: ["سلام"]
    ar: ["مرحبا"]
  bye: ["bye"]
sections:
  - id: all
    title: {en: All, fa: همه, ar: الكل}
    weight: 1
    criteria:
      - id: greeting
        question: {en: Greeted?, fa: سلام کرد؟, ar: هل سلّم؟}
        weight: 1
        detect:
          any:
            - said: {by: agent, phrases: hi}
            - said: {by: agent, phrases: bye}
            - signal: {name: silence.longest, at_most: 10s}
            - matches: {pattern: ["he+llo"]}
"""


def test_a_good_file_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert lint_file(path, catalogue=CATALOGUE) == []
    assert load_rubric(path, catalogue=CATALOGUE).rubric == "phone-support"


ANY = "sections.0.criteria.0.detect.any"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("silence.longest", "silence.longst",
         [f"23:24: error: {ANY}.2.signal.name: no signal 'silence.longst' (did you mean 'silence.longest'?)"]),
        ("channel: phone", "channel: chat",
         [f"23:24: error: {ANY}.2.signal.name: chat carries no signal 'silence.longest' (it is measured on phone)"]),
        ("(morning|day)", "(morning|day",
         ["7:19: error: phrases.hi.en.1: phrase 'good (morning|day' opens a bracket that it never closes"]),
        ('"hello"', '"hello)"', ["7:10: error: phrases.hi.en.0: phrase 'hello)' closes a bracket that it never opened"]),
        ('"bye"', '"by|e"', ["10:9: error: phrases.bye.0: phrase 'by|e' has a bar outside brackets (write (one|other))"]),
        ('"bye"', '"(|bye)"', ["10:9: error: phrases.bye.0: phrase '(|bye)' has no word that must be there (language *)"]),
        ('["bye"]', "bye)", ["10:3: error: phrases.bye: phrase 'bye)' closes a bracket that it never opened"]),
        ('["سلام"]', '"سلام)"', ["8:5: error: phrases.hi.fa: phrase 'سلام)' closes a bracket that it never opened"]),
        ("phrases: bye", 'phrases: {"*": ["b(ye"]}',
         ["10:3: warning: phrases.bye: phrases 'bye' are never used",
          f"22:49: error: {ANY}.1.said.phrases.*.0: phrase 'b(ye' opens a bracket that it never closes"]),
        ("he+llo", "he(llo",
         [f"24:35: error: {ANY}.3.matches.pattern.0: bad regular expression 'he(llo': missing ): he(llo "
         "(RE2 syntax: no look-around, no back-references)"]),
        ("he+llo", "(?=a)b",
         [f"24:35: error: {ANY}.3.matches.pattern.0: bad regular expression '(?=a)b': invalid perl operator: (?= "
         "(RE2 syntax: no look-around, no back-references)"]),
        ("he+llo", "h*",
         [f"24:35: error: {ANY}.3.matches.pattern.0: regular expression 'h*' matches where nothing stands "
         "(something in it must be there: + instead of *)"]),
        ('"hello",', '"hello", "HELLO",',
         ["7:19: warning: phrases.hi.en.1: 'HELLO' is 'hello' again (case, letter forms and contractions are alike)"]),
        ('["سلام"]', '["كار", "کار"]',
         ["8:17: warning: phrases.hi.fa.1: 'کار' is 'كار' again (case, letter forms and contractions are alike)"]),
        ('    ar: ["مرحبا"]\n', "", []),  # Arabic is then in no phrases at all
        ("ar: هل سلّم؟", "tr: x", ["17:9: warning: sections.0.criteria.0.question: not asked in ar (write {en: ..., fa: ..., ar: ...})"]),
        ("weight: 1\n        detect", "wieght: 1\n        detect",
         ["18:9: error: sections.0.criteria.0.wieght: unknown key 'wieght' (did you mean 'weight'?)"]),
        ("phrases: bye", "phrases: hi",
         ["10:3: warning: phrases.bye: phrases 'bye' are never used",
          "22:15: warning: sections.0.criteria.0.detect.any.1: the same said stands in this any twice"]),
    ],
)  # fmt: skip
def test_faults(old: str, new: str, expected: list[str]) -> None:
    assert GOOD.count(old) == 1
    found = lint_text(GOOD.replace(old, new), file="r.yaml", catalogue=CATALOGUE)
    assert [str(fault) for fault in found] == [f"r.yaml:{one}" for one in expected]


def test_loading_lets_warnings_pass_and_carries_every_error(tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    path.write_text(GOOD.replace('"hello",', '"hello", "HELLO",'), encoding="utf-8")
    assert load_rubric(path, catalogue=CATALOGUE).version == 1
    path.write_text(GOOD.replace('"hello",', '"hello", "HELLO",').replace("silence", "slience").replace("he+llo", "("), encoding="utf-8")
    with pytest.raises(RubricError) as raised:
        load_rubric(path, catalogue=CATALOGUE)
    assert (raised.value.file, raised.value.line, len(raised.value.faults)) == (str(path), 23, 2)
    assert "silence.longest" in str(raised.value)


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (fault,) = lint_file(tmp_path / "none.yaml", catalogue=CATALOGUE)
    assert str(fault) == f"{tmp_path / 'none.yaml'}:1:1: error: no such file"
    with pytest.raises(RubricError, match="no such file"):
        load_rubric(tmp_path / "none.yaml", catalogue=CATALOGUE)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_rubrics_have_no_errors(path: Path) -> None:
    assert [str(fault) for fault in lint_file(path, catalogue=CATALOGUE) if fault.level is Level.ERROR] == []
