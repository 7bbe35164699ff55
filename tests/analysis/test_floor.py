"""The floor of a call: whose each voice is, which words stand in which stretch, and what is a backchannel."""

from __future__ import annotations

import pytest

from qa_service.analysis.base import Material
from qa_service.analysis.floor import Floor, Floors
from qa_service.domain.acoustics import Acoustics, Activity, LineEvent, LineSound
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER


def turn(speaker: Speaker, *words: tuple[str, float, float], suspect: bool = False) -> Turn:
    made = tuple(Word(text=text, start_ms=round(start * 1000), end_ms=round(end * 1000), confidence=0.9) for text, start, end in words)
    text = " ".join(word.text for word in made)
    return Turn(speaker=speaker, text=text, start_ms=made[0].start_ms, end_ms=made[-1].end_ms, words=made, suspect=suspect)


def floor(*turns: Turn, voice=(), events=(), language: str = "en") -> Floor:
    activity = tuple(Activity(speaker=who, start_ms=round(a * 1000), end_ms=round(b * 1000)) for who, a, b in voice)
    transcript = Transcript(turns=turns, language=language, acoustics=Acoustics(activity=activity, events=tuple(events)))
    return Floors().of(Material(interaction=Interaction(id="x", channel=Channel.PHONE), transcript=transcript, findings={}))


def spans(party) -> list[tuple[float, float]]:
    return [(start / 1000, end / 1000) for start, end in party.pieces]


def test_words_without_voice_part_at_pauses_of_a_fifth_of_a_second():
    said = turn(AGENT, ("one", 0, 0.4), ("two", 0.59, 1), ("three", 1.2, 1.5), ("four", 3, 3.5))
    made = floor(said)
    assert spans(made.agent) == [(0, 1), (1.2, 1.5), (3, 3.5)]
    assert [(one.start, one.end, len(one.said)) for one in made.agent.stretches] == [(0, 1500, 3), (3000, 3500, 1)]


def test_each_word_goes_to_the_nearest_stretch_and_none_too_far():
    # "two" is late by 0.3 s, "three" lies 0.9 s from any voice
    said = turn(AGENT, ("one", 0.1, 0.5), ("two", 1.2, 1.4), ("three", 3, 3.2), ("four", 5, 5.4))
    made = floor(said, voice=[(AGENT, 0, 1), (AGENT, 4, 6)])
    assert [[word.text for word in one.said] for one in made.agent.stretches] == [["one", "two"], ["four"]]


def test_a_party_without_voice_is_heard_by_its_words():
    made = floor(turn(AGENT, ("one", 0, 1)), turn(CUSTOMER, ("two", 2, 3)), voice=[(AGENT, 0.2, 0.8)])
    assert (spans(made.agent), spans(made.customer)) == ([(0.2, 0.8)], [(2, 3)])


@pytest.mark.parametrize(
    ("event", "left"),
    [
        # music over the whole stretch, over its beginning; on the other's channel; on both
        ((LineSound.MUSIC, AGENT, 4, 8), [(0, 1)]),
        ((LineSound.MUSIC, AGENT, 4, 6), [(0, 1), (6, 7)]),
        ((LineSound.MUSIC, AGENT, 4, 6.8), [(0, 1)]),  # 0.2 s left over is no talk
        ((LineSound.MUSIC, CUSTOMER, 4, 8), [(0, 1), (5, 7)]),
        ((LineSound.MUSIC, None, 4, 8), [(0, 1)]),
        # recognised words in it are talk all the same
        ((LineSound.MUSIC, AGENT, 0, 8), [(0, 1)]),
    ],
)
def test_voice_in_a_line_sound_is_nobodys_unless_words_were_recognised(event, left):
    kind, who, start, end = event
    sound = LineEvent(kind=kind, speaker=who, start_ms=round(start * 1000), end_ms=round(end * 1000))
    made = floor(turn(AGENT, ("hello", 0, 1)), voice=[(AGENT, 0, 1), (AGENT, 5, 7)], events=[sound])
    assert spans(made.agent) == left


def test_voice_of_a_bot_and_of_a_suspect_turn_is_nobodys():
    bot = Turn(speaker=Speaker.BOT, text="press one", start_ms=2000, end_ms=4000)
    invented = turn(CUSTOMER, ("thanks", 6, 6.5), ("for", 6.5, 6.8), ("watching", 6.8, 7), suspect=True)
    voice = [(AGENT, 0, 1), (AGENT, 2.1, 3.9), (CUSTOMER, 6, 6.9), (CUSTOMER, 8, 9)]
    made = floor(turn(AGENT, ("hello", 0, 1)), bot, invented, turn(CUSTOMER, ("hi", 8, 9)), voice=voice)
    assert (spans(made.agent), spans(made.customer), made.bots) == ([(0, 1)], [(8, 9)], [(2000, 4000)])


@pytest.mark.parametrize(
    ("customer", "question", "after", "backchannel"),
    [
        ((("mhm", 3, 3.3),), False, AGENT, True),
        ((("all", 3, 3.2), ("right,", 3.2, 3.4), ("okay.", 3.4, 3.7)), False, AGENT, True),
        ((("mhm", 3, 3.3),), False, CUSTOMER, False),  # the customer goes on: it opens a turn
        ((("mhm", 3, 3.3),), False, None, False),  # nobody takes it up
        ((("yes", 3, 3.3),), True, AGENT, False),  # an answer
        ((("no", 3, 3.3),), False, AGENT, False),
        ((("yes", 3, 4.1),), False, AGENT, False),  # more than a second for a word
        ((("yes", 3, 3.2), ("yes", 3.2, 3.4), ("yes", 3.4, 3.6), ("yes", 3.6, 3.8)), False, AGENT, False),
    ],
)
def test_backchannels_between_turns(customer, question, after, backchannel):
    turns = [turn(AGENT, ("we", 1, 1.5), ("open?" if question else "open", 1.5, 2.2)), turn(CUSTOMER, *customer)]
    turns += [turn(after, ("and", 6, 6.5), ("so", 6.5, 7))] if after else []
    assert floor(*turns).customer.stretches[0].backchannel is backchannel


@pytest.mark.parametrize(
    ("language", "text", "backchannel"),
    [("fa", "آره آره", True), ("fa", "صحیح می‌فرمایید", True), ("fa", "نه نه", False), ("ar", "أيوه تمام", True), ("ar", "لا لا", False)],
)
def test_backchannels_in_all_languages(language, text, backchannel):
    heard = Turn(speaker=CUSTOMER, text=text, start_ms=2000, end_ms=2900, language=language)
    hours = {"fa": "ساعات کاری ما", "ar": "ساعات العمل لدينا"}[language]
    held = Turn(speaker=AGENT, text=hours, start_ms=0, end_ms=6000, language=language)
    assert floor(held, heard, language=language).customer.stretches[0].backchannel is backchannel
