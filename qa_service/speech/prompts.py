"""Prompts: talk that is no person's: voice menus, announcements in a queue, answering machines, the network's own messages.

Told by the words first (:mod:`.prompt_phrases`), since agents say much of it too ("please hold", "press one on the remote"); then by
where they stand: before anybody has spoken, around music or ringing, before a beep, while keys are pressed; or in the middle of a
dialogue, which speaks against it. A talk that begins as a prompt and goes on as a person is cut in two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_service.domain.acoustics import LineSound
from qa_service.speech.line_sounds import LineStretch
from qa_service.speech.prompt_phrases import COURTESY, MACHINE, MENU, PEOPLE, fold, points
from qa_service.speech.turns import HeardWord, Talk

#: Points from which a talk is a prompt, and how fast more of them make it surer.
_ENOUGH, _STEEP = 2.4, 1.2
#: People's words take away at most so many points.
_MOST_AGAINST = 5.0
#: Menus and machines say some of the same; how much the lesser kind counts.
_OTHER_KIND = 0.4
#: Points for where a talk stands: nobody spoke before, beside music or ringing, before a beep, while keys are pressed; in a
#: dialogue, before the same voice goes on as a person, and where it has spoken as one to somebody who answers.
_OPENS, _BESIDE, _BEEPED, _KEYED, _ANSWERED, _GOES_ON, _SPOKE = 0.6, 0.8, 1.0, 0.7, -0.8, -2.0, -2.5
#: How near is beside, how soon a beep or a key follows, how soon people answer each other, and how soon a voice goes on, ms.
_BESIDE_MS, _FOLLOWS_MS, _ANSWERS_MS, _GOES_ON_MS = 5_000, 6_000, 2_500, 4_000
#: Talks before and after it among which an answer is looked for.
_NEAR = 8
#: A talk may be cut at a pause of this length, ms, if one side has so many points for a machine and the other these for a person.
_CUT_MS, _CLEAR, _DIFFER = 400, 2.0, 1.0
#: A talk beside a prompt belongs to it if nobody speaks between them, the prompt or the talk comes within this (ms), and it is no
#: person's.
_JOINS_MS, _CONTINUES_MS, _JOINS_POINTS = 6_000, 2_500, 0.5
_JOINED_CONFIDENCE = 0.6
_SOUNDING = (LineSound.MUSIC, LineSound.RING, LineSound.BUSY)


class Told(NamedTuple):
    """A talk, and what it is if it is no person's."""

    talk: Talk
    #: ``IVR`` or ``MACHINE``; ``None`` for a person.
    kind: LineSound | None
    #: How sure the kind is, 0 to 1; 0 for a person.
    confidence: float


class _Score(NamedTuple):
    menu: float
    machine: float
    courtesy: float
    people: float

    @property
    def told(self) -> float:
        """Points for a prompt from what no agent says."""
        return max(self.menu, self.machine) + _OTHER_KIND * min(self.menu, self.machine)

    @property
    def prompt(self) -> float:
        """Points for a prompt."""
        return self.told + self.courtesy

    @property
    def net(self) -> float:
        """Points for a prompt less those for a person."""
        return self.prompt - min(self.people, _MOST_AGAINST)


def tell_prompts(talks: Sequence[Talk], sounds: Sequence[LineStretch], *, own_channels: bool) -> list[Told]:
    """Every talk with what it is, in order of start; mixed talks are cut, so there may be more of them than came in.

    ``own_channels``: the party of a talk is its channel, so that words within the music of that channel are its lyrics or an
    announcement; in a recording with one channel they may be anybody's.
    """
    cut = sorted((part for talk in talks for part in _parts(talk)), key=lambda talk: talk.start_ms)
    scores = [_score(talk.text) for talk in cut]
    told = [_told(talk, scores[index], _context(cut, scores, index, sounds)) for index, talk in enumerate(cut)]
    if own_channels:
        told = [_in_music(one, cut, sounds) for one in told]
    return _with_neighbours(told, scores)


def prompt_stretches(told: Sequence[Told]) -> list[LineStretch]:
    """The prompts as stretches on their channels; those of a kind that follow each other as one."""
    found: list[LineStretch] = []
    for talk, kind, confidence in told:
        if kind is None:
            continue
        stretch = LineStretch(kind, talk.party, talk.start_ms, talk.end_ms, confidence)
        last = found[-1] if found else None
        if last is not None and last[:2] == stretch[:2] and stretch.start_ms - last.end_ms <= _JOINS_MS:
            found[-1] = last._replace(end_ms=max(last.end_ms, stretch.end_ms), confidence=max(last.confidence, confidence))
        else:
            found.append(stretch)
    return found


def _score(text: str) -> _Score:
    folded = fold(text)
    return _Score(points(folded, MENU), points(folded, MACHINE), points(folded, COURTESY), points(folded, PEOPLE))


def _told(talk: Talk, score: _Score, context: float) -> Told:
    total = score.net + context
    if total < _ENOUGH or score.prompt <= score.people:
        return Told(talk, None, 0.0)
    kind = LineSound.MACHINE if score.machine > score.menu else LineSound.IVR
    return Told(talk, kind, round(1 / (1 + math.exp(-_STEEP * (total - _ENOUGH) - 0.5)), 3))


def _context(talks: Sequence[Talk], scores: Sequence[_Score], index: int, sounds: Sequence[LineStretch]) -> float:
    """Points for where a talk stands."""
    talk, score = talks[index], scores[index]
    answers = _answers(talks, index)
    found = _OPENS if not index else 0.0
    if _sounds_near(talk, sounds):
        found += _BESIDE
    elif all(answers):
        found += _ANSWERED
    elif score.told < _DIFFER and _goes_on_as_person(talks, scores, index):
        found += _GOES_ON
    if any(answers) and _spoke_before(talks, scores, index, sounds):
        found += _SPOKE
    if score.machine > score.menu and _follows(talk, sounds, LineSound.BEEP):
        found += _BEEPED
    if _follows(talk, sounds, LineSound.KEYS):
        found += _KEYED
    return found


def _sounds_near(talk: Talk, sounds: Sequence[LineStretch]) -> bool:
    low, high = talk.start_ms - _BESIDE_MS, talk.end_ms + _BESIDE_MS
    return any(sound.kind in _SOUNDING and sound.start_ms < high and sound.end_ms > low for sound in sounds)


def _follows(talk: Talk, sounds: Sequence[LineStretch], kind: LineSound) -> bool:
    return any(sound.kind is kind and talk.start_ms < sound.start_ms < talk.end_ms + _FOLLOWS_MS for sound in sounds)


def _answers(talks: Sequence[Talk], index: int) -> tuple[bool, bool]:
    """Whether the other party speaks right before it, and right after it, as in a dialogue."""
    talk = talks[index]
    earlier, later = talks[max(0, index - _NEAR) : index], talks[index + 1 : index + 1 + _NEAR]
    before = any(0 <= talk.start_ms - other.end_ms <= _ANSWERS_MS for other in earlier if other.party != talk.party)
    after = any(0 <= other.start_ms - talk.end_ms <= _ANSWERS_MS for other in later if other.party != talk.party)
    return before, after


def _spoke_before(talks: Sequence[Talk], scores: Sequence[_Score], index: int, sounds: Sequence[LineStretch]) -> bool:
    """Whether the voice was a person's before, and nothing on the line says that it has changed since."""
    before = range(index - 1, -1, -1)
    last = next((at for at in before if talks[at].party == talks[index].party and scores[at].people > scores[at].told), None)
    if last is None:
        return False
    low, high = talks[last].end_ms, talks[index].start_ms
    return not any(sound.kind in _SOUNDING and low <= sound.end_ms and sound.start_ms <= high for sound in sounds)


def _goes_on_as_person(talks: Sequence[Talk], scores: Sequence[_Score], index: int) -> bool:
    """Whether the next talk is by the same voice, soon, and a person's: an agent who has told that the call is recorded."""
    if index + 1 >= len(talks) or talks[index + 1].party != talks[index].party:
        return False
    soon = talks[index + 1].start_ms - talks[index].end_ms <= _GOES_ON_MS
    return soon and scores[index + 1].people > scores[index + 1].told


def _in_music(told: Told, talks: Sequence[Talk], sounds: Sequence[LineStretch]) -> Told:
    """Words within music on their own channel while the other party is silent: lyrics, or an announcement."""
    talk = told.talk
    if told.kind is not None or not any(_inside(talk, sound) for sound in sounds):
        return told
    low, high = talk.start_ms - _BESIDE_MS, talk.end_ms + _BESIDE_MS
    answered = any(other.party != talk.party and other.start_ms < high and other.end_ms > low for other in talks)
    return told if answered else Told(talk, LineSound.IVR, _JOINED_CONFIDENCE)


def _inside(talk: Talk, sound: LineStretch) -> bool:
    music = sound.kind is LineSound.MUSIC and sound.channel == talk.party
    return music and sound.start_ms < talk.start_ms and talk.end_ms < sound.end_ms


def _with_neighbours(told: list[Told], scores: Sequence[_Score]) -> list[Told]:
    """Prompts together with the talks of the same voice beside them that are no person's ("Welcome to our bank.")."""
    found = list(told)
    for order in (range(1, len(found)), range(len(found) - 2, -1, -1)):
        for index in order:
            near = found[index - order.step]
            if found[index].kind is None and near.kind is not None and _belongs(found[index].talk, near.talk, scores[index]):
                found[index] = Told(found[index].talk, near.kind, _JOINED_CONFIDENCE)
    return found


def _belongs(talk: Talk, prompt: Talk, score: _Score) -> bool:
    if talk.party != prompt.party or score.net < _JOINS_POINTS:
        return False
    if talk.start_ms < prompt.start_ms:
        return prompt.start_ms - talk.end_ms <= _JOINS_MS
    # What follows may be the agent's own "thank you for calling".
    return talk.start_ms - prompt.end_ms <= _CONTINUES_MS and score.told >= _JOINS_POINTS


def _parts(talk: Talk) -> Iterator[Talk]:
    """The talk, or its two parts where one is a prompt and the other a person."""
    pieces = _pieces(talk)
    if len(pieces) < 2 or _score(talk.text).told < _CLEAR:
        yield talk
        return
    signs = [_sign(_score("".join(word.text for word in piece))) for piece in pieces]
    told = [sign for sign in signs if sign]
    if 1 not in told or -1 not in told or told != sorted(told, key=lambda sign: sign * -told[0]):
        yield talk
        return
    last = max(index for index, sign in enumerate(signs) if sign == told[0])
    first = min(index for index, sign in enumerate(signs) if sign == -told[0])
    at = max(range(last + 1, first + 1), key=lambda index: pieces[index][0].start_ms - pieces[index - 1][-1].end_ms)
    for part in (pieces[:at], pieces[at:]):
        yield Talk(party=talk.party, words=[word for piece in part for word in piece])


def _sign(score: _Score) -> int:
    """1 for a machine's words, -1 for a person's, 0 where they may be either's."""
    apart = score.told - score.people
    return 1 if apart >= _CLEAR else -1 if apart <= -_DIFFER else 0


def _pieces(talk: Talk) -> list[list[HeardWord]]:
    """Its words, parted at pauses."""
    pieces = [[talk.words[0]]]
    for word in talk.words[1:]:
        if word.start_ms - pieces[-1][-1].end_ms >= _CUT_MS:
            pieces.append([])
        pieces[-1].append(word)
    return pieces
