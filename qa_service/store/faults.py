"""A fault: an error as it is kept with the interaction, job or batch item that it stopped."""

from __future__ import annotations

from qa_service.domain.base import Record
from qa_service.errors import QaError


class Fault(Record):
    """What went wrong, where, and what to do about it; the stored twin of :class:`qa_service.errors.QaError`."""

    #: Identifier of the kind of error.
    code: str
    #: In words.
    message: str
    #: File at fault.
    file: str | None = None
    #: Field at fault.
    field: str | None = None
    #: Line at fault, from 1.
    line: int | None = None
    #: What to do.
    hint: str | None = None

    @classmethod
    def of(cls, error: QaError) -> Fault:
        """The fault that an error tells."""
        return cls(code=error.code, message=error.message, file=error.file, field=error.field, line=error.line, hint=error.hint)

    def __str__(self) -> str:
        error = QaError(self.message, file=self.file, field=self.field, line=self.line, hint=self.hint)
        return str(error)

    @classmethod
    def read(cls, text: str | None) -> Fault | None:
        """From stored JSON."""
        return None if text is None else cls.model_validate_json(text)

    @staticmethod
    def write(fault: Fault | None) -> str | None:
        """To stored JSON."""
        return None if fault is None else fault.model_dump_json()
