"""E-mail addresses of people, written and spoken; the company's own are left."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_service.analysis.reading.addresses import addresses, hints_at_address
from qa_service.analysis.redaction.case import Case
from qa_service.domain.redaction import Kind, Span

#: What stands behind a mailbox.
_WRITTEN = re.compile(r"@[\w-]+(?:\.[\w-]+)+")
#: Besides letters and figures, what a mailbox is written with.
_MARKS = "_.+%-"
#: Mailboxes that are nobody's.
_SHARED = re.compile(r"(?:support|help|info|care|contact|service|sales|noreply|no-reply|hello|feedback|complaints|customer\w*)@")


#: Persian "is" on the end of an address: "دات کامه".
_ENDED = re.compile(r"(?<=دات )(کام|نت|ارگ|آی‌آر)ه(?!\w)")
#: Words by which customers ask to be written to: a shop's "info@" is theirs.
_TO_ME = re.compile(r"(?<!\w)(?:send|forward|my|mine|بفرست\w*|ارسال کن\w*|ایمیلم|ابعت\w*|ارسل\w*|ایمیلی|بریدی)(?!\w)")


def emails(case: Case) -> Iterator[Span]:
    """Spans of e-mail addresses."""
    for turn, spoken in enumerate(case.turns):
        if not hints_at_address(spoken.text):
            continue
        found = list(_written(case.folded(turn)))
        found += [edit for edit in addresses(_ENDED.sub(r"\1 ", spoken.text), case.language(turn)) if "@" in edit.text]
        for start, end, address in found:
            if not _SHARED.match(address) or _own(case, turn):
                yield Span(turn, start, end - address.endswith("."), Kind.EMAIL, 0.98)


def _written(folded: str) -> Iterator[tuple[int, int, str]]:
    """Addresses as they are typed; letters that no @ follows are not looked at again from each of them."""
    end = 0
    for match in _WRITTEN.finditer(folded):
        start = match.start()
        while start > end and (folded[start - 1].isalnum() or folded[start - 1] in _MARKS):
            start -= 1
        if start < match.start():
            end = match.end()
            yield start, end, folded[start:end]


def _own(case: Case, turn: int) -> bool:
    """Whether a customer gives a mailbox as his own."""
    return not case.by_agent(turn) and ("email" in case.asked(turn) or _TO_ME.search(case.folded(turn)) is not None)
