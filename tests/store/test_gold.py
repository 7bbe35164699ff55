"""Gold written by the service: found again by the reader, and never overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, Gold, InteractionRef, Scorecard, Split
from qa_service.domain.scoring import draft
from qa_service.errors import DuplicateError
from qa_service.store.gold import GoldEntry, gold_of, read_gold, write_gold


def entry(rubric: Rubric, name: str, answer: str = "yes") -> GoldEntry:
    reference = InteractionRef(id=name, channel=Channel.PHONE, language="fa")
    card = draft(rubric, interaction=reference, engine=Engines(analysis="none"), suggestions={},
                 answers={"greeting": Answer(answer=answer, by="calibration", reason="سلام کرد")})  # fmt: skip
    gold = Gold(split=Split.TEST, second={"greeting": "no"})
    return GoldEntry(card.model_copy(update={"gold": gold}), f'{{"id": "{name}"}}'.encode())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("name", ["c-1", "تماس ۱۲", "..", "x" * 200, "ص" * 200], ids=["plain", "Persian", "dots", "long", "long Persian"])
def test_what_is_written_is_found_again(rubric: Rubric, tmp_path: Path, name: str) -> None:
    made = entry(rubric, name)
    (path,) = write_gold(tmp_path / "gold", [made])
    (found,) = read_gold(tmp_path / "gold", recordings=tmp_path)
    assert (found.path, found.card) == (path, made.card)
    assert found.interaction.read_bytes() == made.conversation
    assert set(contents(tmp_path)) == {str(one.relative_to(tmp_path)) for one in (found.path, found.interaction)}
    assert set(gold_of(tmp_path / "gold", name)) == {found.path, found.interaction}
    assert gold_of(tmp_path / "gold", f"{name}-") == ()


def test_long_ids_that_begin_alike_have_files_of_their_own(rubric: Rubric, tmp_path: Path) -> None:
    assert len(write_gold(tmp_path, [entry(rubric, "ص" * 199 + end) for end in "ab"])) == 2
    assert len(contents(tmp_path)) == 4


def test_nothing_is_overwritten_and_nothing_half_written(rubric: Rubric, tmp_path: Path) -> None:
    write_gold(tmp_path, [entry(rubric, "c2")])
    before = contents(tmp_path)
    write_gold(tmp_path, [entry(rubric, "c2")])
    assert contents(tmp_path) == before
    with pytest.raises(DuplicateError) as told:
        write_gold(tmp_path, [entry(rubric, "c1"), entry(rubric, "c2", "no")])
    assert told.value.file is not None
    assert told.value.file.endswith("c2.scorecard.json")
    assert contents(tmp_path) == before


def test_scorecards_are_in_the_format_of_the_gold_standard(rubric: Rubric, tmp_path: Path) -> None:
    (path,) = write_gold(tmp_path, [entry(rubric, "c1")])
    data: Any = path.read_text(encoding="utf-8")
    assert "سلام کرد" in data
    assert Scorecard.model_validate_json(data).as_data()["gold"] == {"split": "test", "second": {"greeting": "no"}}
