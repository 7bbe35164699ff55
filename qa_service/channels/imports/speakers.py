"""Whose turn it is: the labels of imported transcripts as parties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from qa_service.channels.base import Header, ReadOptions, Where
from qa_service.channels.faults import shown
from qa_service.channels.sidecar import bare_header, read_sidecar, sidecar_of
from qa_service.domain.transcript import Speaker

#: Labels that say the party themselves, case-folded; a number behind them ("Agent 2") does not count.
KNOWN: Mapping[str, Speaker] = {
    label: speaker
    for speaker, labels in {
        Speaker.AGENT: ("agent", "representative", "rep", "advisor", "adviser", "operator", "csr", "support agent",
                        "کارشناس", "پشتیبان", "پشتیبانی", "اپراتور", "الموظف", "موظف", "الوكيل", "وكيل", "ممثل الخدمة", "الدعم"),
        Speaker.CUSTOMER: ("customer", "caller", "client", "user", "مشتری", "تماس‌گیرنده", "کاربر", "العميل", "عميل", "الزبون", "المتصل"),
        Speaker.BOT: ("bot", "ivr", "virtual agent", "ربات", "روبوت"),
        Speaker.SYSTEM: ("system", "سیستم", "سامانه", "النظام"),
    }.items()
    for label in labels
}  # fmt: skip


def party(label: str, *, told: Mapping[str, Speaker]) -> Speaker | None:
    """The party behind ``label``; what the user told wins over what the label says."""
    return told.get(label) or KNOWN.get(label.casefold().strip().rstrip(" 0123456789"))


def header_for(path: Path, options: ReadOptions) -> Header:
    """The header given, else of the side-car, else a bare one; raises :class:`ConversationError` for a faulty side-car."""
    if options.header is not None:
        return options.header
    sidecar = sidecar_of(path)
    return read_sidecar(sidecar, describes=path, recording=False) if sidecar else bare_header(path.name)


def require_known(labels: Iterable[str | None], *, told: Mapping[str, Speaker], where: Where, field: str | None = None) -> None:
    """Raises :class:`ConversationError` naming every label nobody can place."""
    unknown = sorted({label or "" for label in labels if not (label and party(label, told=told))})
    if unknown:
        names = ", ".join(shown(label) if label else "turns without any speaker" for label in unknown)
        example = next((label for label in unknown if label), "SPEAKER_00")
        raise where.fault(f"nobody told who speaks: {names}", field=field or "speakers",
                          hint=f'map the labels in a side-car: "speakers": {{"{example}": "agent", ...}}')  # fmt: skip
