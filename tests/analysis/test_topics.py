"""Topics: groups of requests and their labels, by words and by vectors; grouping itself on vectors made by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from qa_service.analysis.clustering import centres_of, linked
from qa_service.analysis.concepts import shipped_directions
from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.encoder_weights import SOURCE
from qa_service.analysis.probe import unit
from qa_service.analysis.topics import Statement, TopicModel, VectorSpace, WordSpace, groups_of, read_model
from qa_service.analysis.vectors import TextVectors
from qa_service.domain.topic import Method

LOST = ["I lost my card", "my card was stolen", "please block my stolen card", "my card is lost", "lost my bank card yesterday"]
BILL = ["I want to pay my bill", "how can I pay the bill", "pay an electricity bill", "my bill is due and I want to pay", "paying a bill"]
EN = [Statement(text, "en") for text in LOST + BILL]
_FA = ("کارتم گم شده", "کارت بانکیم رو گم کردم", "کارتم رو دزدیدن", "می‌خوام قبضم رو پرداخت کنم", "قبض برق رو چطور پرداخت کنم؟")
_AR = ("ضاعت بطاقتي البنكية", "فقدت بطاقتي", "بطاقتي انسرقت", "أريد دفع فاتورتي", "كيف أدفع فاتورة الكهرباء؟")
FA, AR = [Statement(text, "fa") for text in _FA], [Statement(text, "ar") for text in _AR]


def test_average_linkage_by_hand() -> None:
    # 0 and 10 degrees are one, 90 and 100 another; their mean cosine is cos 80..100, about 0.
    angles = np.radians([0.0, 10.0, 90.0, 100.0])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = linked(rows, apart=0.9)
    assert labels[0] == labels[1] != labels[2] == labels[3]
    assert len(set(linked(rows, apart=-1.0).tolist())) == 1
    assert len(set(linked(rows, apart=0.999).tolist())) == 4


def test_small_groups_fall_away_and_fixed_ones_stay() -> None:
    rows = unit(np.array([[1, 0, 0], [1, 0.1, 0], [0.9, 0, 0.1], [0, 1, 0]], dtype=np.float64))
    found = centres_of(rows, apart=0.5, far=0.4, smallest=2)
    assert len(found) == 1
    fixed = np.array([[0.0, 0.0, 1.0]])
    both = centres_of(rows, apart=0.5, far=0.4, smallest=2, fixed=fixed)
    assert both.shape == (2, 3)
    assert (both[0] == fixed[0]).all()
    assert centres_of(rows, apart=0.5, far=0.4, smallest=5).shape == (0, 3)


def test_groups_by_words_are_labelled_and_central_first() -> None:
    space = WordSpace.of(EN)
    first, second = groups_of(EN, space)
    assert {tuple(sorted(first.members)), tuple(sorted(second.members))} == {(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)}
    assert {first.keywords["en"][0], second.keywords["en"][0]} <= {"card", "lost", "stolen", "bill", "pay"}
    near = space.rows(EN) @ first.centre
    assert near[first.members[0]] == near[list(first.members)].max()


def test_model_is_read_back_and_answers_alike() -> None:
    space = WordSpace.of(EN)
    groups = groups_of(EN, space)
    model = TopicModel(space, ["a", "b"], np.stack([group.centre for group in groups]))
    again = read_model(json.loads(json.dumps(model.as_data())), None)
    assert again is not None
    new = [Statement("somebody stole my card", "en"), Statement("Penguins dance.", "en")]
    assert again.assign(new) == model.assign(new)
    assert [one.topic for one in model.assign(new)][1] is None
    assert all(0 <= one.confidence <= 1 for one in model.assign(new))
    assert model.assign([]) == []


def test_vectors_of_another_version_are_not_compared() -> None:
    assert read_model({"method": "vectors", "space": "other", "topics": [], "width": 3, "centres": ""}, None) is None


@pytest.fixture(scope="module")
def vectors(encoder_cache: Path) -> VectorSpace:
    if not SOURCE.installed:
        pytest.skip("the encoder is not installed")
    directions = shipped_directions()
    assert directions is not None
    return VectorSpace(TextVectors(SentenceEncoder(cache_dir=encoder_cache, threads=1)), directions)


def test_vectors_group_languages_together(vectors: VectorSpace) -> None:
    statements = [*EN, *FA, *AR]
    groups = groups_of(statements, vectors.fitted(statements))
    by_member = {at: index for index, group in enumerate(groups) for at in group.members}
    card, bill = by_member[0], by_member[5]
    assert card != bill
    assert {by_member.get(at) for at in (10, 11, 15, 16)} == {card}
    assert card not in {by_member.get(at) for at in (13, 14, 18, 19)}
    assert set(groups[card].keywords) == {"en", "fa", "ar"}


def test_vector_model_is_read_back_with_its_middle(vectors: VectorSpace) -> None:
    statements = [*EN, *FA, *AR]
    space = vectors.fitted(statements)
    groups = groups_of(statements, space)
    model = TopicModel(space, [str(at) for at in range(len(groups))], np.stack([group.centre for group in groups]))
    again = read_model(json.loads(json.dumps(model.as_data())), vectors)
    assert again is not None
    assert again.assign(statements) == model.assign(statements)


def open_set() -> list[tuple[Statement, str]]:
    """Requests of insurance customers with their reason, an open set; skips where it is not there."""
    folder = Path(os.environ.get("QA_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
    file = folder / "conversations" / "dstc11" / "visible_development.jsonl"
    if not file.is_file():
        pytest.skip("the open set of requests is not here")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(Statement(row["utterance"], "en"), row["intent"]) for row in rows[1::2]]


@pytest.mark.parametrize(("method", "purest"), [(Method.WORDS, 0.65), (Method.VECTORS, 0.65)])
def test_open_set_is_grouped_by_reason(method: Method, purest: float, request: pytest.FixtureRequest) -> None:
    rows = open_set()
    statements = [statement for statement, _ in rows]
    space = request.getfixturevalue("vectors").fitted(statements) if method is Method.VECTORS else WordSpace.of(statements)
    groups = groups_of(statements, space)
    reasons = [[rows[at][1] for at in group.members] for group in groups]
    inside = sum(map(len, reasons))
    assert sum(max(map(one.count, set(one))) for one in reasons) / inside >= purest
    assert inside / len(rows) >= 0.95
