"""Telling which channel is the agent's after the fact."""

from __future__ import annotations

import json
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.domain.parties import Speakers, exchanged
from qa_service.domain.permission import Actor, Role
from qa_service.domain.recording import ChannelMap
from qa_service.domain.review import GivenAnswer
from qa_service.domain.transcript import Speaker
from qa_service.errors import AudioError, ConflictError, NotFoundError
from qa_service.store.jobs import JobState

REVIEWER = Actor(id="r1", role=Role.REVIEWER)

SHIPPED = Path(__file__).parents[2] / "audio_fixtures"
LEFT = ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER)
RIGHT = ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT)
Shop = Any


@pytest.fixture
def call(shop: Shop, tmp_path: Path) -> Callable[..., str]:
    """A shipped call under an id of its own, scored; ``channels`` as told with it."""

    def make(identifier: str, *, name: str = "clinic-appointment-01.wav", channels: Any = None) -> str:
        sound = (SHIPPED / name).read_bytes()
        # Bytes after the sound make it another recording.
        (tmp_path / f"{identifier}.wav").write_bytes(sound + identifier.encode())
        told = json.loads((SHIPPED / name).with_suffix(".json").read_text(encoding="utf-8"))
        told = {key: value for key, value in told.items() if key != "channels"} | {"id": identifier, "agent": {"id": "a1"}}
        (tmp_path / f"{identifier}.json").write_text(json.dumps(told | ({} if channels is None else {"channels": channels})))
        (row,) = shop.score(tmp_path / f"{identifier}.wav")
        assert row.error is None
        return identifier

    return make


def guess(shop: Shop, interaction: str, *, wrong: bool) -> None:
    """As if an engine had recognised it and was not sure who is the agent."""
    transcript = shop.services.interactions.transcript(interaction)
    guessed = (exchanged(transcript) if wrong else transcript).model_copy(update={"speakers_known": False})
    with shop.services.database.unit() as unit:
        unit.transcripts.relabel(interaction, guessed)


def wait(shop: Shop, jobs: tuple[str, ...]) -> None:
    until = time.monotonic() + 60
    while any(shop.services.jobs.get(job).state in (JobState.QUEUED, JobState.RUNNING) for job in jobs):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert [shop.services.jobs.get(job).state for job in jobs] == [JobState.DONE] * len(jobs)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_guess_is_asked_about_and_put_right_from_the_sound(shop: Shop, call: Callable[..., str], wrong: bool) -> None:
    name = call(f"guessed-{wrong}")
    truth = shop.services.interactions.transcript(name)
    guess(shop, name, wrong=wrong)
    assert shop.services.channels.get(name).speakers is Speakers.ASK
    assert name in [one.interaction.id for one in shop.services.interactions.list(asks=True).items]
    (old,) = shop.services.interactions.scorecards(name)

    found = shop.services.channels.put(name, LEFT, actor="tests")
    assert (found.left, found.speakers, found.withdrawn, found.kept) == (Speaker.AGENT, Speakers.KNOWN, (old.id,), ())
    assert shop.services.interactions.transcript(name) == truth
    assert shop.services.interactions.recording(name)[0].channel_map == LEFT
    assert name not in [one.interaction.id for one in shop.services.interactions.list(asks=True).items]
    wait(shop, found.jobs)
    (new,) = shop.services.interactions.scorecards(name)
    assert new.id != old.id
    with shop.services.database.reading() as unit:
        told = [one for one in unit.ledger.entries() if one.action == "interaction.channels_told"]
    (entry,) = [one for one in told if one.subject == f"interaction/{name}"]
    assert entry.actor == "tests"
    assert entry.content["withdrawn"] == [old.id]
    assert entry.content["transcripts"] == {truth.engine: "relabelled"}


def test_a_wrong_map_is_turned_round_and_back(shop: Shop, call: Callable[..., str]) -> None:
    name = call("turned", channels={"left": "agent", "right": "customer"})
    before = shop.services.interactions.transcript(name)
    for told, transcript in ((RIGHT, exchanged(before)), (LEFT, before)):
        found = shop.services.channels.put(name, told, actor="tests")
        assert shop.services.interactions.transcript(name) == transcript
        wait(shop, found.jobs)
        assert len(shop.services.interactions.scorecards(name)) == 1
        turns = shop.services.interactions.transcript(name).turns
        assert [turn.speaker for turn in turns] == [turn.speaker for turn in transcript.turns]


def test_the_same_again_changes_nothing(shop: Shop, call: Callable[..., str]) -> None:
    name = call("same", channels={"left": "agent", "right": "customer"})
    cards = shop.services.interactions.scorecards(name)
    found = shop.services.channels.put(name, LEFT, actor="tests")
    assert (found.jobs, found.withdrawn, found.speakers) == ((), (), Speakers.KNOWN)
    assert shop.services.interactions.scorecards(name) == cards


def test_what_people_worked_on_stays(shop: Shop, call: Callable[..., str]) -> None:
    name = call("final", channels={"left": "agent", "right": "customer"})
    (card,) = shop.services.interactions.scorecards(name)
    shop.services.reviewing.claim(card.id, by=REVIEWER)
    given = [GivenAnswer(criterion=one.id, answer="yes", reason="heard it") for one in card.criteria]
    shop.services.reviewing.answer(card.id, given, by=REVIEWER, expected=None)
    final = shop.services.reviewing.finalize(card.id, by=REVIEWER, expected=None)
    found = shop.services.channels.put(name, RIGHT, actor="tests")
    assert (found.withdrawn, found.kept) == ((), (card.id,))
    wait(shop, found.jobs)
    assert shop.services.interactions.scorecards(name) == (final,)


def test_an_answered_draft_that_was_given_back_stays(shop: Shop, call: Callable[..., str]) -> None:
    name = call("answered", channels={"left": "agent", "right": "customer"})
    (card,) = shop.services.interactions.scorecards(name)
    shop.services.reviewing.claim(card.id, by=REVIEWER)
    shop.services.reviewing.answer(card.id, [GivenAnswer(criterion="helped", answer="yes", reason="x")], by=REVIEWER, expected=None)
    shop.services.reviewing.release(card.id, by=REVIEWER)
    assert shop.services.channels.put(name, RIGHT, actor="tests").kept == (card.id,)


def test_where_the_sound_does_not_tell_it_is_recognised_again(shop: Shop, write_call: Any, tmp_path: Path) -> None:
    write_call(tmp_path, "noise", "Hello!", "Hi.", channels=None)
    told = json.loads((tmp_path / "noise.json").read_text())
    del told["channels"]
    (tmp_path / "noise.json").write_text(json.dumps(told))
    shop.score(tmp_path)
    truth = shop.services.interactions.transcript("noise")
    guess(shop, "noise", wrong=True)
    found = shop.services.channels.put("noise", LEFT, actor="tests")
    assert found.speakers is None
    wait(shop, found.jobs)
    assert shop.services.interactions.transcript("noise") == truth


def test_refusals(shop: Shop, call: Callable[..., str]) -> None:
    put = shop.services.channels.put
    with pytest.raises(NotFoundError, match="no interaction"):
        put("nobody", LEFT, actor="tests")
    written = shop.take("chat").interaction
    with pytest.raises(NotFoundError, match="no recording"):
        put(written, LEFT, actor="tests")
    with pytest.raises(AudioError, match="one channel") as caught:
        put(call("mono", name="council-tax-01.wav", channels="mono"), LEFT, actor="tests")
    assert (caught.value.field, str(caught.value.file).endswith("mono.wav")) == ("channels", True)


def test_the_same_sound_on_both_channels_has_no_parties(shop: Shop, write_call: Any, tmp_path: Path) -> None:
    write_call(tmp_path, "twice", "Hello!", "Hi.")
    noise = np.random.default_rng(9).integers(-3000, 3000, size=(8000, 1)).astype(np.int16)
    with wave.open(str(tmp_path / "twice.wav"), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.hstack([noise, noise]).tobytes())
    told = json.loads((tmp_path / "twice.json").read_text())
    del told["channels"]
    (tmp_path / "twice.json").write_text(json.dumps(told))
    shop.score(tmp_path)
    guess(shop, "twice", wrong=False)
    with pytest.raises(AudioError, match="same sound") as caught:
        shop.services.channels.put("twice", LEFT, actor="tests")
    assert str(caught.value.file).endswith("twice.wav")


def test_not_while_a_job_works_on_it(shop: Shop, call: Callable[..., str]) -> None:
    name = call("busy", channels={"left": "agent", "right": "customer"})
    with shop.services.database.unit() as unit:
        job = unit.jobs.last_for([name])[name]
        unit.jobs.start(job.id, at=shop.services.clock())
    with pytest.raises(ConflictError, match=job.id):
        shop.services.channels.put(name, RIGHT, actor="tests")
    with shop.services.database.unit() as unit:
        unit.jobs.finish(job.id, at=shop.services.clock())
