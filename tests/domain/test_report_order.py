"""What report somebody wants: subject and period go with the kind."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.domain.report_order import ReportWanted
from qa_service.errors import InputError


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"kind": "agent"}, "subject"), ({"kind": "team"}, "subject"), ({"kind": "calibration"}, "subject"),
        ({"kind": "audit", "subject": "a1"}, "subject"), ({"kind": "month", "subject": "a1", "month": "2026-10"}, "subject"),
        ({"kind": "month"}, "month"), ({"kind": "calibration", "subject": "s", "month": "2026-10"}, "month"),
        ({"kind": "audit", "month": "2026-10", "since": "2026-10-01T00:00:00Z"}, "month"),
        ({"kind": "agent", "subject": "a", "since": "2026-10-02T00:00:00Z", "until": "2026-10-01T00:00:00Z"}, "until"),
        ({"kind": "agent", "subject": "a", "since": "2026-10-02T00:00:00Z", "until": "2026-10-02T00:00:00Z"}, "until"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_by_name(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as told:
        ReportWanted(**wanted).check()
    assert told.value.field == field


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "agent", "subject": "a1"}, {"kind": "team", "subject": "t", "month": "1405-08"}, {"kind": "month", "month": "2026-10"},
        {"kind": "audit"}, {"kind": "audit", "since": "2026-10-01T00:00:00Z"}, {"kind": "calibration", "subject": "s"},
    ],
)  # fmt: skip
def test_what_does(wanted: dict[str, Any]) -> None:
    ReportWanted(**wanted).check()
