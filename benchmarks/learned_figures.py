"""The figures of ``docs/learning.md``, as Markdown tables made from answers that were left out of the learning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.reliability import reliability
from qa_service.domain.rubric import UNDECIDED
from qa_service.services.learning.fit import Prediction, Thresholds, rules_judged

BEGIN, END = "<!-- figures: written by benchmarks/train_learned.py -->\n", "<!-- end of figures -->"


def write_figures(page: Path, predicted: Sequence[Prediction], found: Thresholds) -> None:
    """Replace what stands between the marks of the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    page.write_text(f"{before}{BEGIN}{as_markdown(predicted, found)}{END}{rest.partition(END)[2]}", encoding="utf-8")


def as_markdown(predicted: Sequence[Prediction], found: Thresholds) -> str:
    """Agreement in all, by language, channel and criterion; then the table of reliability."""
    groups: list[tuple[str, Sequence[Prediction]]] = [("**all**", predicted)]
    for key in (lambda one: one.example.language, lambda one: one.example.channel, lambda one: one.example.criterion):
        groups += list(_grouped(predicted, key))
    head = (
        f"\n{len({one.example.group for one in predicted})} conversations, {len(predicted)} answers. Undecided under {found.decide_at:.2f}"
        f" ({found.decide_plain_at:.2f} without vectors); vectors are asked where rules and signals give less than {found.sure:.2f}.\n\n"
        "| | n | rules: agreement | kappa | undecided | error | no vectors: agreement | kappa | undecided | learned: agreement | kappa |"
        " undecided | error |\n|---|" + "--:|" * 12 + "\n"
    )
    rows = "".join(_row(name, some, found) for name, some in groups)
    return f"{head}{rows}\n{_reliability(predicted, found)}\n"


def _grouped(predicted: Sequence[Prediction], key: Callable[[Prediction], str]) -> Iterator[tuple[str, Sequence[Prediction]]]:
    for name in sorted({key(one) for one in predicted}):
        yield name, [one for one in predicted if key(one) == name]


def _row(name: str, some: Sequence[Prediction], found: Thresholds) -> str:
    rules = HeldOut.of([rules_judged(one) for one in some])
    plain = HeldOut.of([found.judged(one, vectors=False) for one in some])
    learned = HeldOut.of([found.judged(one) for one in some])
    cells = (
        rules.agreement, rules.kappa, rules.abstention, rules.calibration_error, plain.agreement, plain.kappa, plain.abstention,
        learned.agreement, learned.kappa, learned.abstention, learned.calibration_error,
    )
    return f"| {name} | {len(some)} | " + " | ".join("" if cell is None else f"{cell:.3f}" for cell in cells) + " |\n"


def _reliability(predicted: Sequence[Prediction], found: Thresholds) -> str:
    judged = [found.judged(one) for one in predicted]
    told = reliability([(one.confidence, one.machine == one.person) for one in judged if one.machine != UNDECIDED])
    rows = "".join(
        f"| {one.low:.2f} to {one.high:.2f} | {one.right.n} | {one.confidence:.3f} | {one.right.value or 0:.3f} |"
        f" {one.right.low:.3f} to {one.right.high:.3f} |\n"
        for one in told.bins
    )
    return f"| confidence | answers | mean confidence | right | 95 % interval |\n|---|--:|--:|--:|---|\n{rows}"
