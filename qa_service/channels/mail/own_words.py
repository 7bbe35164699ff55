"""The words a mail's writer added: quoted mail, mailers' lines and the signature block taken away.

The work is mail-parser-reply's; this file holds what it lacks. It knows no Persian and no Arabic, takes answers written
between quoted lines for quotation, and cuts at the first line that resembles a header ("From: Tehran / To: Dubai") or a
sign-off ("Thank you, but ..."). Therefore: ``>`` lines are taken out one by one, a header must show an address or a
time, and a sign-off with its name always stays, since rubrics ask for it: only contact details below it go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailparser_reply import EmailMessage

from qa_service.channels.mail.patterns import (
    ADDRESS_OR_TIME,
    ATTRIBUTION,
    BIDI,
    CONTACT,
    DELIMITER,
    FORWARDED,
    HEADER_KEYS,
    OPENER,
    SENT_FROM,
    SEPARATOR,
    SIGN_OFF,
)

#: Lines of an attribution that a mailer wrapped.
_WRAPPED = 3
#: Longest signature block, lines.
_BLOCK = 12
#: Longer lines are hidden from the library, whose patterns take quadratic time on them.
_LONG = 400
_BLANKS = re.compile(r"\n{3,}")
#: Blank lines that are as good as fewer: quotes leave them behind, and the library looks through the rest from each of them.
_GAP = 50
_GAPS = re.compile(rf"(?:[^\S\n]*\n){{{_GAP},}}")


def own_words(body: str) -> str:
    """What the writer added to ``body``; empty for a reply that adds nothing. A bare forward is kept whole."""
    text = _BLANKS.sub("\n\n", body.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    lines = _GAPS.sub("\n" * _GAP, "\n".join(_without_marked(text.split("\n")))).split("\n")
    lines = _english_cut(_cut(lines))
    own = _BLANKS.sub("\n\n", "\n".join(_without_signature(lines))).strip()
    if not own and any(FORWARDED.match(_bare(line)) for line in text.split("\n")):
        return text.strip()
    return own


def _bare(line: str) -> str:
    """A line as patterns see it: without direction marks and outer blanks."""
    return BIDI.sub("", line).strip()


def _without_marked(lines: Sequence[str]) -> list[str]:
    """Without ``>`` lines and the attribution above each run of them; answers in between stay."""
    kept: list[str] = []
    quoting = False
    for line in lines:
        if _bare(line).startswith(">"):
            if not quoting:
                _drop_attribution(kept)
            quoting = True
        else:
            quoting = quoting and not line.strip()
            kept.append(line)
    return kept


def _drop_attribution(kept: list[str]) -> None:
    """Takes "On ... wrote:" off the end, in any language: up to three lines that end in a colon and show who or when."""
    end = len(kept)
    while end and not kept[end - 1].strip():
        end -= 1
    if not end or not _bare(kept[end - 1]).endswith((":", "：")):
        return
    for start in range(end - 1, max(-1, end - 1 - _WRAPPED), -1):
        block = " ".join(_bare(line) for line in kept[start:end])
        if OPENER.match(block) and ADDRESS_OR_TIME.search(block):
            del kept[start:]
            return
    if ADDRESS_OR_TIME.search(_bare(kept[end - 1])):
        del kept[end - 1 :]


def _cut(lines: Sequence[str]) -> list[str]:
    """Up to the first unmarked quotation: attribution, separator or header block in Persian or Arabic."""
    for index in range(len(lines)):
        if _bare(lines[index]) and _quotation_at(lines[index : index + 8]):
            return list(lines[:index])
    return list(lines)


def _quotation_at(lines: Sequence[str]) -> bool:
    bare = [_bare(line) for line in lines]
    if SEPARATOR.match(bare[0]) or FORWARDED.match(bare[0]):
        return True
    for count in range(1, _WRAPPED + 1):
        block = " ".join(bare[:count])
        if ATTRIBUTION.match(block) and ADDRESS_OR_TIME.search(block):
            return True
    return _is_header_block(bare)


def _is_header_block(bare: Sequence[str]) -> bool:
    """A sender line, then at least two other headers, one of them the subject, or an address somewhere."""
    for keys in HEADER_KEYS:
        found = [next((name for name, pattern in keys.items() if pattern.match(line)), None) for line in bare]
        if found[0] != "from":
            continue
        block = bare[: next((index for index, name in enumerate(found) if name is None and not bare[index]), len(bare))]
        others = {name for name in found[: len(block)] if name} - {"from"}
        if len(others) >= 2 and ("subject" in others or any("@" in line for line in block)):
            return True
    return False


def _english_cut(lines: Sequence[str]) -> list[str]:
    """Up to the first quotation the library finds, if it can be one."""
    shielded, hidden = _shield(lines)
    kept: list[str] = []
    for reply in EmailMessage(text="\n".join(shielded), languages=["en"], keep_hyphen_lists=True).read().replies:
        header = reply.headers or ""
        if header and _credible(header):
            break
        kept += [*reply.content.split("\n"), ""]
    return [hidden.get(line, line) for line in kept]


def _credible(header: str) -> bool:
    if (header.rstrip().endswith(":") and "\n" not in header.strip("\n")) or "wrote" in header.lower():
        return bool(ADDRESS_OR_TIME.search(header))
    keys = {key.lower() for key in re.findall(r"(?:^|\n)[>* ]*([A-Za-z]+):", header)}
    return not keys or "@" in header or {"from", "subject"} <= keys


def _shield(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    hidden = {f"\ue003{index}\ue003": line for index, line in enumerate(lines) if len(line) > _LONG}
    names = {line: name for name, line in hidden.items()}
    return [names.get(line, line) for line in lines], hidden


def _without_signature(lines: Sequence[str]) -> list[str]:
    for index in _signature_starts(lines):
        kept = _closing(lines[:index], lines[index:])
        if kept is not None:
            return [*lines[:index], *kept]
    return list(lines)


def _signature_starts(lines: Sequence[str]) -> list[int]:
    """Lines near the end at which a signature may start: by the library's English pattern, and by ours."""
    skipped = max(0, len(lines) - 3 * _BLOCK)
    near, _ = _shield(lines[skipped:])
    found = {index for index, line in enumerate(near) if any(one.match(_bare(line)) for one in (DELIMITER, SENT_FROM, SIGN_OFF))}
    text = "\n".join(near)
    pattern = EmailMessage(text="", languages=["en"], keep_hyphen_lists=True).SIGNATURE_REGEX
    match = pattern.search(text)
    while match:
        start = match.end() - len(match.group().lstrip("\n "))
        found.add(text.count("\n", 0, start))
        following = text.find("\n", start)
        match = pattern.search(text, following) if following >= 0 else None
    return sorted(skipped + index for index in found)


def _closing(before: Sequence[str], tail: Sequence[str]) -> list[str] | None:
    """What stays of a signature; ``None`` when ``tail`` is text."""
    first, rest = _bare(tail[0]), [line for line in tail[1:] if line.strip() and not DELIMITER.match(_bare(line))]
    if len(rest) > _BLOCK or any(_is_sentence(line) for line in rest):
        return None
    if DELIMITER.match(first):
        above = next((_bare(line) for line in reversed(before) if line.strip()), "")
        return rest[:1] if rest and _is_name(rest[0]) and SIGN_OFF.match(above) else []
    if SENT_FROM.match(first) or first.lower().startswith(("sent from", "get outlook")):
        return [] if len(rest) <= 2 and len(first.split()) <= 9 else None
    if len(first.split()) > 6:
        return None
    name = rest[:1] if rest and _is_name(rest[0]) else []
    dropped = rest[len(name) :]
    return [tail[0], *name] if any(CONTACT.search(line) for line in dropped) else None


def _is_name(line: str) -> bool:
    return len(line.split()) <= 4 and not re.search(r"[\d@:/]", line)


def _is_sentence(line: str) -> bool:
    text, words = _bare(line), len(line.split())
    if re.match(r"(?i)p\.?\s?s\b|پ\s?\.?\s?ن\b|ملاحظة", text):
        return True
    if CONTACT.search(text):
        return False
    return (words >= 5 and text.endswith((".", "!", "?", "؟", "…"))) or (words >= 9)
