"""Spoken addresses: e-mail ("jane dot smith at example dot com") and web ("www dot example dot com slash help")."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.numerals import runs
from qa_service.analysis.reading.edit import Edit
from qa_service.analysis.reading.surroundings import meaning

_HINT = re.compile(r"\b(?:dot|www)\b|دات|دوت|نقطة|نقطه|[Aa]t [\w-]+\.[a-z]{2}|@", re.IGNORECASE)
_TOKEN = re.compile(r"@|[^\s,،;:!?؟()\"@]+")
_WRITTEN_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_MAILBOX = re.compile(r"[^\W_]+(?:[._+-][^\W_]+)*")
#: Words of a domain that may stand apart before its first dot; words back to what announces a mailbox.
_DOMAIN_WORDS, _MAILBOX_WORDS = 3, 3
#: Words back to something about e-mail, for addresses whose words prove nothing.
_CUE_REACH = 8
#: No name has more (RFC 1035, RFC 5321): what goes on is no address, and is not looked at for ever.
_LABELS, _LABEL_LETTERS, _MAILBOX_LETTERS = 127, 63, 64


class _Token(NamedTuple):
    word: str
    start: int
    end: int
    #: Nothing but a blank stands before it (a comma is a "no").
    near: bool


class _Found(NamedTuple):
    text: str
    #: Index of the token after it.
    stop: int
    end: int


def hints_at_address(text: str) -> bool:
    """Whether a look for addresses is worth while."""
    return _HINT.search(text) is not None


def addresses(text: str, language: str | None) -> list[Edit]:
    """Edits that write spoken addresses as they are typed."""
    words = _Words(text, language)
    edits: list[Edit] = []
    at = 0
    while at < len(words.tokens):
        edit, at = words.email(at) or words.web(at) or (None, at + 1)
        if edit is not None:
            while edits and edits[-1].end > edit.start:
                edits.pop()
            edits.append(edit)
    return edits


class _Words:
    """The words of one text, and what of them is an address."""

    def __init__(self, text: str, language: str | None) -> None:
        self._language = language
        self._text = text
        self.tokens = tuple(_tokens(text))
        self._starts = [token.start for token in self.tokens]
        self._digits = {run.start: run for run in runs(text, language)}
        #: Tokens that are words of a number, and which.
        self._numbers = {
            index: run for run in self._digits.values() for index in range(self._first_after(run.start), self._first_after(run.end))
        }
        self._latin = _latin(language)
        self._dots = [index for index in range(len(self.tokens)) if self._is("dot", index)]

    def email(self, at: int) -> tuple[Edit | None, int] | None:
        """The address around an "at"."""
        word = self.tokens[at].word
        spread = word in meaning("on", self._language)
        if at == 0 or not (word in meaning("at", self._language) or spread):
            return None
        domain = self._domain(at + 1, most=1 if spread else _DOMAIN_WORDS)
        if domain is None:
            return None
        first, mailbox, proven = self._mailbox(at - 1)
        written = "." in self.tokens[at + 1].word and not proven
        if not mailbox or ((spread or written) and not proven and not self._announced(first)):
            return None
        return Edit(self.tokens[first].start, domain.end, f"{mailbox}@{domain.text}"), domain.stop

    def web(self, at: int) -> tuple[Edit | None, int] | None:
        """The address that begins at a word."""
        token = self.tokens[at]
        if (token.near and self._is("dot", at - 1)) or self._is("no_site", at) or self._is("dot", at):
            return None
        found = self._domain(at, most=1)
        if found is None or found.stop - at < 2:
            return None
        end, path, stop = found.end, "", found.stop
        while self._is("slash", stop) and stop + 1 < len(self.tokens) and self.tokens[stop].near and self.tokens[stop + 1].near:
            path += "/" + self.tokens[stop + 1].word.rstrip(".")
            end, stop = self.tokens[stop + 1].end, stop + 2
        return Edit(token.start, end, found.text + path), stop

    def _domain(self, at: int, *, most: int) -> _Found | None:
        """Labels and a top-level domain from a token on; ``most`` words may make up the first label."""
        labels: list[str] = []
        current: list[str] = []
        spelled, dotted = True, self._dotted(at)
        index = at
        while index < len(self.tokens) and (index == at or self.tokens[index].near):
            if len(labels) > _LABELS or len(current) > _LABEL_LETTERS:
                return None
            if self._is("dot", index):
                if not current:
                    return None
                labels.append("".join(current))
                current, spelled = [], True
                index += 1
                top = self._top(index)
                if top is not None and not self._is("dot", top.stop):
                    return _Found(".".join((*labels, top.text)), top.stop, top.end)
                continue
            word, after = self._label(index)
            if not labels and not current and _WRITTEN_DOMAIN.fullmatch(word) and word.rsplit(".", 1)[1] in _top_level():
                return _Found(word, after, self.tokens[index].start + len(word))
            current.append(self._latin.get(word, word if word.isascii() else self._text[self.tokens[index].start : self.tokens[index].end]))
            spelled = spelled and len(current[-1]) == 1
            if not dotted or (len(current) > (1 if labels else most) and not spelled):
                return None
            index = after
        return None

    def _dotted(self, at: int) -> bool:
        """Whether a dot may stand behind the first label from a token on: letters beyond those of a label are not looked through."""
        behind = bisect_left(self._dots, at)
        return behind < len(self._dots) and (bool(self._digits) or self._dots[behind] - at <= _LABEL_LETTERS + 1)

    def _label(self, index: int) -> tuple[str, int]:
        """A word of a domain: digits as figures, a dash as itself."""
        token = self.tokens[index]
        if self._is("dash", index):
            return "-", index + 1
        run = self._digits.get(token.start)
        if run is not None:
            return run.digits, max(index + 1, self._first_after(run.end))
        return token.word.rstrip("."), index + 1

    def _top(self, index: int) -> _Found | None:
        """The top-level domain at a token: a word, or spelled letters ("آی آر", "u k")."""
        joined = ""
        for stop in range(index, min(index + 3, len(self.tokens))):
            token = self.tokens[stop]
            if stop > index and not token.near:
                return None
            joined += token.word.rstrip(".")
            top = self._latin.get(joined, joined)
            if top in _top_level() and (joined not in ("in", "me", "us", "is") or stop + 1 == len(self.tokens)):
                return _Found(top, stop + 1, token.end - (len(token.word) - len(token.word.rstrip("."))))
        return None

    def _mailbox(self, at: int) -> tuple[int, str, bool]:
        """First token and text of the mailbox that ends at a token, and whether its words prove that it is one."""
        parts = [self._piece(at)]
        if parts[0] is None or self._is("no_mailbox", at) or self._sign(at):
            return at, "", False
        proven, index = False, at
        while index > 0 and self.tokens[index].near and len(parts) <= _MAILBOX_LETTERS:
            if (sign := self._sign(index - 1)) and index > 1 and (piece := self._piece(index - 2)):
                parts, index, proven = [piece, sign, *parts], index - 2, True
            elif self._goes_on(index) and (piece := self._piece(index - 1)):
                parts, index = [piece, *parts], index - 1
                proven = True
            else:
                break
        first = index if proven else self._announced_from(index)
        more = [self._piece(one) or "" for one in range(first, index)]
        return first, "".join((*more, *(part for part in parts if part))), proven

    def _piece(self, index: int) -> str | None:
        """What a token writes in a mailbox."""
        token = self.tokens[index]
        run = self._numbers.get(index)
        if run is not None:
            return run.digits if run.start == token.start else ""
        word = token.word if token.word.isascii() else self._text[token.start : token.end].replace("\u200c", "")
        return word.rstrip(".") if _MAILBOX.fullmatch(word.rstrip(".")) else None

    def _goes_on(self, index: int) -> bool:
        """Whether a token belongs to the one before it: letter by letter, digits behind a word, words of one number."""
        left, right = self.tokens[index - 1], self.tokens[index]
        if self._sign(index - 1) or self._sign(index):
            return False
        numeral = self._piece(index)
        if numeral is not None and (numeral == "" or numeral.isdigit()) and not self._is("mail_cue", index - 1):
            return not self._is("no_mailbox", index - 1)
        return len(left.word) == 1 and len(right.word) == 1

    def _sign(self, index: int) -> str:
        for name, sign in (("dot", "."), ("underscore", "_"), ("dash", "-"), ("plus", "+")):
            if self._is(name, index):
                return sign
        return ""

    def _announced_from(self, index: int) -> int:
        """The word after "is", "e-mail" or the like if it is near enough: all from there is the mailbox."""
        for back in range(1, _MAILBOX_WORDS + 1):
            cue = index - back
            if cue < 0 or not self.tokens[cue + 1].near or self._sign(cue) or self._is("no_mailbox", cue + 1):
                break
            if self._is("mail_cue", cue):
                return cue + 1
        return index

    def _announced(self, first: int) -> bool:
        return any(self._is("mail_cue", index) for index in range(max(0, first - _CUE_REACH), first))

    def _is(self, name: str, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].word in meaning(name, self._language)

    def _first_after(self, end: int) -> int:
        return bisect_left(self._starts, end)


def _tokens(text: str) -> list[_Token]:
    folded = fold_characters(text)
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        end = found[-1].end if found else 0
        word = folded[match.start() : match.end()].replace("\u200c", "")
        found.append(_Token(word.strip(), match.start(), match.end(), not text[end : match.start()].strip() and bool(found)))
    return found


@cache
def _top_level() -> frozenset[str]:
    return frozenset(Lexicon("reading").phrases("tld", "*"))


@cache
def _latin(language: str | None) -> Mapping[str, str]:
    """Words of addresses in another script, by what they are typed as."""
    pairs = (pair.split("=") for pair in Lexicon("reading").phrases("latin", language or "en"))
    return {fold_characters(said).replace("\u200c", ""): typed for said, typed in pairs}


__all__: Sequence[str] = ("addresses", "hints_at_address")
