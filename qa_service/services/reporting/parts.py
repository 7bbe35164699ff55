"""Parts: what all reports are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from qa_service.domain.coefficient import Coefficient
from qa_service.domain.estimation import Mean, Share
from qa_service.domain.powered import Figure
from qa_service.domain.report import Amount, Block, Cell, Column, Fact, Named, Notes, Quotes, Report, Row, Said, Section, Table, Term, Unit

#: What a cell can be made of, besides cells: words of people, and values of enumerations that the catalogue has words for.
Told = Cell | str | None


def term(key: str, **values: Cell) -> Term:
    """A message of the catalogue."""
    return Term(key=key, values=values)


def word(kind: str, value: StrEnum | str) -> Term:
    """The catalogue's word for one of a few values: ``channel.phone``."""
    return Term(key=f"{kind}.{value.value if isinstance(value, StrEnum) else value}")


def said(text: str | None) -> Said:
    """Words of people."""
    return Said(text=text or "–")


def named(texts: Mapping[str, str] | None, otherwise: str) -> Cell:
    """A text in its author's languages; without one, what it goes by."""
    return Named(texts=dict(texts)) if texts else said(otherwise)


def count(value: float) -> Amount:
    """How many."""
    return Amount(value=value, unit=Unit.COUNT)


def share(one: Share) -> Amount:
    """A share of yes and no."""
    if one.value is None:
        return Amount(value=None, unit=Unit.SHARE, n=one.n)
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=Unit.SHARE)


def figure(one: Figure) -> Amount:
    """An estimate."""
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=Unit.SHARE)


def mean(one: Mean, unit: Unit) -> Amount:
    """A mean; bounds of a score end where scores do."""
    low, high = one.low, one.high
    if unit is Unit.SCORE and low is not None and high is not None:
        low, high = max(0.0, low), min(100.0, high)
    return Amount(value=one.value, low=low, high=high, n=one.n, unit=unit)


def coefficient(one: Coefficient | None) -> Cell | None:
    """A coefficient, or why it is none."""
    if one is None:
        return None
    if one.value is None and one.untold is not None:
        return word("untold", one.untold)
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=Unit.NUMBER)


def difference(value: float | None, low: float | None, high: float | None, *, unit: Unit = Unit.SHARE_DIFFERENCE) -> Amount:
    """How far two figures lie apart."""
    return Amount(value=value, low=low, high=high, unit=unit)


def fact(id_: str, value: Cell, *, note: Term | None = None, target: Amount | None = None, reached: bool | None = None) -> Fact:
    """A value under the label that the catalogue has for its id."""
    return Fact(id=id_, label=word("fact", id_), value=value, note=note, target=target, reached=reached)


def columns(*ids: str) -> tuple[Column, ...]:
    """Columns with the headings that the catalogue has for them."""
    return tuple(Column(id=one, label=word("column", one)) for one in ids)


def row(id_: str, first: Mapping[str, Cell] | None = None, *, marked: bool = False, **cells: Cell | None) -> Row:
    """A row; cells of nothing are left out. ``first``: cells whose columns are not known by name here."""
    told = {**(first or {}), **{name: cell for name, cell in cells.items() if cell is not None}}
    return Row(id=id_, marked=marked, cells=told)


def section(id_: str, *blocks: Block | None) -> Section:
    """A part under the heading that the catalogue has for its id."""
    return Section(id=id_, title=word("section", id_), blocks=tuple(one for one in blocks if one is not None))


def notes(id_: str, items: Iterable[Term]) -> Notes | None:
    """What to keep in mind; nothing where there is nothing."""
    found = tuple(items)
    return Notes(id=id_, items=found) if found else None


def filled(table: Table) -> Table:
    """Without columns that no row has a cell in; the first stays."""
    used = {name for one in table.rows for name in one.cells}
    kept = tuple(one for place, one in enumerate(table.columns) if place == 0 or one.id in used)
    return table.model_copy(update={"columns": kept})


def quoted(sections: Sequence[Section]) -> tuple[str, ...]:
    """Interactions whose words stand in them, each once."""
    blocks = (one for part in sections for one in part.blocks if isinstance(one, Quotes))
    return tuple(dict.fromkeys(quote.interaction for one in blocks for quote in one.items if quote.text))


def finished(report: Report) -> Report:
    """With the interactions that it quotes."""
    return report.model_copy(update={"interactions": quoted(report.sections)})
