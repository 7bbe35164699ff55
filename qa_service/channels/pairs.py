"""Pairs: calls that were recorded as one mono file a party, told by their names.

``X_agent.wav`` and ``X_caller.wav`` are one call, and so are ``X-rx.wav`` and ``X-tx.wav``. A name alone proves little, so whoever asks
may look into the files before two of them are taken for one call (:data:`Fits`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker

#: Left is the agent's.
AGENT_LEFT = ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER)
#: Nobody told who is on which channel.
NOT_TOLD = ChannelMap()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two mono files of one call."""

    #: File that becomes channel 0.
    left: Path
    #: File that becomes channel 1.
    right: Path
    #: Name of the call: that of the files without the word for the party.
    stem: str
    #: Who is in which file, where names or a header tell.
    channel_map: ChannelMap = NOT_TOLD
    #: The user named the two files as one call; otherwise their names suggest it.
    told: bool = False

    @property
    def files(self) -> tuple[Path, Path]:
        """Left and right."""
        return self.left, self.right


#: Looks into two files whose names suggest a pair: whether they are one.
Fits = Callable[[Pair], bool]

_AGENT, _CUSTOMER = "agent", "customer"
#: Words for a party; at either end of a name, or in the middle of it.
_PARTIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("agent", "operator", "advisor", "adviser", "representative", "rep", "csr", "employee"), _AGENT),
        **dict.fromkeys(("کارشناس", "اپراتور", "پشتیبان", "الموظف", "موظف", "الوكيل"), _AGENT),
        **dict.fromkeys(("customer", "caller", "client", "cust", "consumer"), _CUSTOMER),
        **dict.fromkeys(("مشتری", "العميل", "عميل", "الزبون", "المتصل"), _CUSTOMER),
    }
)
#: Words for the two files of a recorder that do not tell who is in which; only at the end of a name. The first becomes the left channel.
_SIDES = (
    ("rx", "tx"), ("in", "out"), ("left", "right"), ("l", "r"), ("ch0", "ch1"), ("ch1", "ch2"), ("channel0", "channel1"),
    ("channel1", "channel2"), ("near", "far"), ("local", "remote"), ("read", "write"), ("caller", "callee"), ("aleg", "bleg"),
)  # fmt: skip
_GAP = r"[-_. ]+"
_PARTY = "|".join(sorted(_PARTIES, key=len, reverse=True))
_SIDE = "|".join(sorted({word for sides in _SIDES for word in sides}, key=len, reverse=True))
_BY_PARTY = (
    re.compile(rf"^(?P<head>.+?){_GAP}[(\[]?(?P<word>{_PARTY})[)\]]?(?P<tail>)$", re.IGNORECASE),
    re.compile(rf"^(?P<head>)[(\[]?(?P<word>{_PARTY})[)\]]?{_GAP}(?P<tail>.+)$", re.IGNORECASE),
    re.compile(rf"^(?P<head>.+?){_GAP}[(\[]?(?P<word>{_PARTY})[)\]]?(?P<tail>{_GAP}.+)$", re.IGNORECASE),
)
_BY_SIDE = re.compile(rf"^(?P<head>.+?){_GAP}[(\[]?(?P<word>{_SIDE})[)\]]?$", re.IGNORECASE)
#: A folder a call, its files named after nothing but the party.
_BARE = re.compile(rf"^(?P<word>{_PARTY}|{_SIDE})$", re.IGNORECASE)


def call_name(file: Path) -> str:
    """A file's name without the word for its party: ``X_agent`` -> ``X``; its stem where there is none."""
    return next((reading.stem for reading in _readings(file)), file.stem)


def pairs_by_name(files: Iterable[Path]) -> list[Pair]:
    """Pairs among the files, in order of their first; a file whose partner is not plain (none, or several) is in none."""
    groups: dict[tuple[object, ...], list[_Reading]] = defaultdict(list)
    for file in dict.fromkeys(files):
        for reading in _readings(file):
            groups[reading.key].append(reading)
    pairs = {pair.files: pair for members in groups.values() if (pair := _pair(members)) is not None}
    partners: dict[Path, int] = defaultdict(int)
    for file in (file for files_ in pairs for file in files_):
        partners[file] += 1
    return [pair for pair in pairs.values() if all(partners[file] == 1 for file in pair.files)]


class _Reading(NamedTuple):
    """What a file's name may mean."""

    file: Path
    #: The same for both halves of a pair.
    key: tuple[object, ...]
    #: The word that parts them.
    word: str
    #: Name of the call.
    stem: str


def _readings(file: Path) -> Iterator[_Reading]:
    ending = file.suffix.lower()
    for number, pattern in enumerate(_BY_PARTY):
        if match := pattern.match(file.stem):
            key = (file.parent, "party", number, match["head"].lower(), match["tail"].lower(), ending)
            yield _Reading(file, key, match["word"].lower(), match["head"] + match["tail"])
    side, bare = _BY_SIDE.match(file.stem), _BARE.match(file.stem)
    if bare and bare["word"].lower() in _PARTIES:
        yield _Reading(file, (file.parent, "party", ending), bare["word"].lower(), file.parent.name or file.stem)
    for match in (one for one in (side, bare) if one):
        head = match.groupdict().get("head", "")
        for sides in (one for one in _SIDES if match["word"].lower() in one):
            yield _Reading(file, (file.parent, sides, head.lower(), ending), match["word"].lower(), head or file.parent.name or file.stem)


def _pair(members: list[_Reading]) -> Pair | None:
    if len(members) != 2 or members[0].file == members[1].file:
        return None
    first, second = members
    known = {_PARTIES.get(one.word): one.file for one in members}
    if known.keys() == {_AGENT, _CUSTOMER}:
        return Pair(left=known[_AGENT], right=known[_CUSTOMER], stem=first.stem, channel_map=AGENT_LEFT)
    if (first.word, second.word) in _SIDES:
        return Pair(left=first.file, right=second.file, stem=first.stem)
    return Pair(left=second.file, right=first.file, stem=first.stem) if (second.word, first.word) in _SIDES else None
