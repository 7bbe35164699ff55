"""Which talks are machines': by their words in three languages, and by where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_service.domain.acoustics import LineSound
from qa_service.speech.line_sounds import LineStretch
from qa_service.speech.prompt_phrases import COURTESY, MACHINE, MENU, PEOPLE, fold, points
from qa_service.speech.prompts import prompt_stretches, tell_prompts
from qa_service.speech.turns import HeardWord, Talk

LISTS = Path(__file__).parent / "prompts"
#: What the two people say around a line of the lists: the agent's opening, the customer before and after it.
SMALL_TALK = {
    "en": ("Hello, my name is Sam, how can I help?", "I wanted to ask about my order from last week.", "Sure, no problem."),
    "fa": ("سلام، رضایی هستم، در خدمتم.", "می‌خواستم درباره سفارشم بپرسم.", "بله، حتما."),
    "ar": ("أهلا، معك خالد، كيف أقدر أساعدك؟", "كنت أبغى أسأل عن طلبي.", "أكيد، تفضل."),
}
#: Share of the prompts of each list that must be found; "hard" was written to find the limits.
FOUND = {"tuned": 0.9, "locked": 0.9, "hard": 0.6}


def talk(party, start, text):
    """A talk from ``start`` (seconds) on, three words a second; ``...`` is a pause of a second."""
    words, at = [], round(start * 1000)
    for word in text.split():
        if word == "...":
            at += 1000
            continue
        words.append(HeardWord(party=party, text=f" {word}", start_ms=at, end_ms=at + 300, confidence=0.9))
        at += 330
    return Talk(party=party, words=words)


def sound(kind, start, end, channel=0):
    return LineStretch(LineSound(kind), channel, round(start * 1000), round(end * 1000), 0.9)


def lines(name):
    """(language, kind, where, text) of a list."""
    language = ""
    for line in (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language = line[1:-1]
        elif not line.startswith("#"):
            yield (language, *(part.strip() for part in line.split("|")))


def kind_of(language, where, text):
    """What a line of the lists is told as, where it stands."""
    opening, before, after = SMALL_TALK[language]
    if where == "first":
        said = talk(0, 2, text)
        talks, sounds = [said, talk(1, said.end_ms / 1000 + 9, after)], []
    elif where == "hold":
        said = talk(0, 30, text)
        end = said.end_ms / 1000
        talks, sounds = [talk(1, 0, before), said, talk(1, end + 20, after)], [sound("music", 9, 29), sound("music", end + 1, end + 15)]
    else:
        greeting = talk(0, 0, opening)
        asked = talk(1, greeting.end_ms / 1000 + 0.5, before)
        said = talk(0, asked.end_ms / 1000 + (4 if where == "last" else 0.6), text)
        talks, sounds = [greeting, asked, said, talk(1, said.end_ms / 1000 + 0.5, after)][: 3 if where == "last" else 4], []
    kinds = {one.kind for one in tell_prompts(talks, sounds, own_channels=True) if set(one.talk.words) <= set(said.words)}
    return next((kind.value for kind in kinds if kind is not None), "none")


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_prompts_and_what_only_sounds_like_one(name, language):
    """Nothing that a person says is a prompt; most prompts are found, with their kind."""
    mine = [(kind, text, kind_of(language, where, text)) for tongue, kind, where, text in lines(name) if tongue == language]
    assert [text for kind, text, found in mine if kind == "none" and found != "none"] == []
    prompts = [(kind == found, text) for kind, text, found in mine if kind != "none"]
    assert len(prompts) >= 7
    assert sum(right for right, _ in prompts) >= FOUND[name] * len(prompts), [text for right, text in prompts if not right]


RECORDED = "Thank you for calling Northgate Bank. This call may be recorded for training purposes."


@pytest.mark.parametrize(
    ("talks", "sounds", "kinds"),
    [
        # an announcement by itself, and an agent who says the same and goes on
        ([talk(0, 1, RECORDED), talk(0, 25, "Good morning, my name is Sam, how can I help?")], [], ["ivr", None]),
        ([talk(0, 1, RECORDED), talk(0, 8.5, "Could I take your name please?")], [], [None, None]),
        ([talk(0, 1, f"{RECORDED} ... My name is Sam, how can I help?")], [], [None]),
        # one voice after the other on the same channel is cut at the pause
        (
            [talk(0, 1, "Please hold for the next available agent. ... Hello, my name is Sam, how can I help?"), talk(1, 14, "Hi.")],
            [], ["ivr", None, None],
        ),
        # what belongs to a prompt goes with it, the agent's opening after it does not
        ([talk(0, 0, "Welcome to Northgate Bank."), talk(0, 4, "For sales press one.")], [], ["ivr", "ivr"]),
        (
            [talk(0, 0, "For sales press one, for support press two."), talk(0, 8, "Thank you for calling."), talk(1, 9, "Hi.")],
            [], ["ivr", None, None],
        ),
        # a voice that has spoken as a person stays one, until music or ringing says otherwise
        (
            [talk(0, 0, "My name is Sam, how can I help?"), talk(1, 3, "Where do I find it?"), talk(0, 5, "For sales press one.")],
            [], [None, None, None],
        ),
        (
            [talk(0, 0, "My name is Sam, how can I help?"), talk(1, 3, "Sales."), talk(0, 5, "For sales press one.")],
            [sound("ring", 3.5, 4.5)], [None, None, "ivr"],
        ),
        # a beep speaks for a machine
        ([talk(0, 0, "It's Dave, leave your number.")], [], [None]),
        ([talk(0, 0, "It's Dave, leave your number.")], [sound("beep", 2, 2.5)], ["machine"]),
        # words inside music on their own channel are nobody's, unless somebody answers them
        ([talk(1, 0, "sure"), talk(0, 10, "love me tender love me true")], [sound("music", 5, 30)], [None, "ivr"]),
        ([talk(1, 0, "sure"), talk(0, 10, "love me tender"), talk(1, 12, "pardon")], [sound("music", 5, 30)], [None, None, None]),
        ([talk(1, 0, "sure"), talk(1, 10, "oh come on")], [sound("music", 5, 30)], [None, None]),
        ([], [], []),
    ],
)  # fmt: skip
def test_where_a_talk_stands(talks, sounds, kinds):
    told = tell_prompts(talks, sounds, own_channels=True)
    assert [one.kind and one.kind.value for one in told] == kinds
    assert all((one.confidence > 0.5) == (one.kind is not None) for one in told)
    assert [word for one in told for word in one.talk.words] == [word for one in talks for word in one.words]


def test_lyrics_need_a_channel_of_their_own():
    talks, sounds = [talk(1, 0, "sure"), talk(0, 10, "love me tender love me true")], [sound("music", 5, 30)]
    assert [one.kind for one in tell_prompts(talks, sounds, own_channels=False)] == [None, None]


def test_prompts_that_follow_each_other_are_one_stretch():
    talks = [talk(0, 0, "For sales press one."), talk(0, 4, "For support press two."), talk(0, 30, "All our agents are busy.")]
    told = tell_prompts(talks, [sound("music", 10, 28)], own_channels=True)
    stretches = prompt_stretches(told)
    assert [one[:4] for one in stretches] == [(LineSound.IVR, 0, 0, 5290), (LineSound.IVR, 0, 30_000, 31_620)]
    assert stretches[0].confidence == max(one.confidence for one in told[:2])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Press 1, or SAY “Yes”!", "press 1 or say yes"),
        ("You’ve reached Dave?", "you've reached dave ?"),
        ("عدد ۱ را فشار می‌دهید؟", "عدد 1 را فشار می دهید ?"),
        ("اضغطْ على الرَّقم ٢ لإيقاف البطاقة", "اضغط علی الرقم 2 لایقاف البطاقه"),
        ("", ""),
    ],
)
def test_folding(text, folded):
    assert fold(text) == folded


def test_every_pattern_is_folded_itself():
    """A pattern with a letter that folding replaces can never be found."""
    for kind in (MENU, MACHINE, COURTESY, PEOPLE):
        for pattern, weight in kind:
            assert not set(pattern) & set("يىكأإآةؤئ؟’\u200c"), pattern
            assert weight > 0
            assert points("", ((pattern, weight),)) == 0, pattern
