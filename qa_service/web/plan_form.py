"""The form of a sampling plan: what stands in it, and the plan that it tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_service.bootstrap import Services
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Scope
from qa_service.domain.report import ReportLanguage
from qa_service.domain.risk import WEIGHTS, Risk
from qa_service.domain.sampling_plan import QuotaRule, RandomRule, RiskRule, SamplingPlan, StratifiedRule, Stratum
from qa_service.errors import InputError
from qa_service.web.forms import Fields, checked

#: Rules in the order of the form.
KINDS = ("quota", "random", "stratified", "risk")
_SAMPLED = (Purpose.LIVE, Purpose.MYSTERY, Purpose.TRAINING)
_HUNDRED = 100

Form = Mapping[str, Any]


def offered(services: Services) -> dict[str, Any]:
    """What there is to choose from."""
    return {
        "kinds": KINDS, "periods": list(PeriodKind), "channels": list(Channel), "codes": [one.value for one in ReportLanguage],
        "purposes": _SAMPLED, "strata": list(Stratum), "risks": list(Risk), "rubrics": services.rubrics.list(),
        "teams": services.teams.all(within=Scope()), "policy": services.policies.current().policy,
    }


def form_of(plan: SamplingPlan | None) -> Form:
    """What a form says of a plan; of none, what many begin with: five a week of every agent, and as many whatever they had."""
    if plan is None:
        beginning = QuotaRule(n=40)
        return {**form_of(SamplingPlan(name="-", rule=beginning)), "name": ""}
    return {
        "name": plan.name, "period": plan.period.value, "channel": [one.value for one in plan.channels], "team": list(plan.teams),
        "language": list(plan.languages), "queues": "\n".join(plan.queues), "rubric": plan.rubric or "",
        "purpose": [one.value for one in plan.purposes], "blind": _percent(plan.blind_share), "due_days": _text(plan.due_days),
        "wait_hours": str(plan.wait_hours), "seed": plan.seed or "", "kind": plan.rule.kind, **_rule_form(plan),
    }


def sent_form(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> Form:
    """The same as it was filled in."""
    listed = {name: list(chosen.get(name, ())) for name in ("channel", "team", "language", "purpose", "by")}
    return {**form_of(None), **sent, **listed}


def plan_of(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> SamplingPlan:
    """The plan that a form tells; raises :class:`InputError` that names the field."""
    told = {
        "name": sent.get("name", ""), "rule": _rule(sent, chosen), "period": sent.get("period", ""), "channels": chosen.get("channel", ()),
        "teams": (*chosen.get("team", ()), *_lines(sent.get("teams", ""))), "languages": chosen.get("language", ()),
        "queues": _lines(sent.get("queues", "")), "rubric": sent.get("rubric") or None, "purposes": chosen.get("purpose", ()),
        "blind_share": _share(sent, "blind"), "due_days": sent.get("due_days") or None, "wait_hours": sent.get("wait_hours") or 0,
        "seed": sent.get("seed") or None,
    }
    return checked(SamplingPlan, told)


def _rule(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    kind = sent.get("kind", "")
    if kind == "quota":
        return {"kind": kind, "n": sent.get("quota_n"), "spread": sent.get("spread"), "minimum": sent.get("quota_minimum") or 0}
    if kind == "stratified":
        return {"kind": kind, "n": sent.get("strata_n"), "by": chosen.get("by", ()), "minimum": sent.get("strata_minimum") or 0}
    if kind == "random":
        return {"kind": kind, "per": sent.get("per"), **_size(sent, "random", n="n", share="share")}
    weights = {risk.value: sent[f"weight_{risk.value}"] for risk in Risk if sent.get(f"weight_{risk.value}")}
    sizes = {**_size(sent, "risky", n="n", share="share"), **_size(sent, "rest", n="random", share="random_share")}
    return {"kind": "risk", "weights": weights, **sizes}


def _size(sent: Fields, field: str, *, n: str, share: str) -> dict[str, Any]:
    """So many, or such a share: a number with its unit."""
    if sent.get(f"{field}_unit") == "percent":
        return {share: _share(sent, f"{field}_size")}
    return {n: sent.get(f"{field}_size") or None}


def _share(sent: Fields, field: str) -> float | None:
    told = sent.get(field, "")
    try:
        return float(told) / _HUNDRED if told else None
    except ValueError as error:
        raise InputError(f"{told!r} is no percentage", field=field, hint="0 to 100") from error


def _rule_form(plan: SamplingPlan) -> dict[str, Any]:
    rule, usual = plan.rule, {f"weight_{risk.value}": f"{value:g}" for risk, value in WEIGHTS.items()}
    found: dict[str, Any] = {
        "quota_n": "40", "spread": "equal", "quota_minimum": "1", "random_size": "5", "random_unit": "count", "per": "agent",
        "strata_n": "40", "by": ["team"], "strata_minimum": "1", "risky_size": "20", "risky_unit": "count", "rest_size": "10",
        "rest_unit": "count", **usual,
    }
    if isinstance(rule, QuotaRule):
        return {**found, "quota_n": str(rule.n), "spread": rule.spread, "quota_minimum": str(rule.minimum)}
    if isinstance(rule, StratifiedRule):
        return {**found, "strata_n": str(rule.n), "by": [one.value for one in rule.by], "strata_minimum": str(rule.minimum)}
    if isinstance(rule, RandomRule):
        return {**found, "per": rule.per, **_size_form("random", rule.n, rule.share)}
    return {**found, **_risk_form(rule)}


def _risk_form(rule: RiskRule) -> dict[str, Any]:
    weights = {f"weight_{risk.value}": f"{value:g}" for risk, value in rule.weighed.items()}
    return {**weights, **_size_form("risky", rule.n, rule.share), **_size_form("rest", rule.random, rule.random_share)}


def _size_form(field: str, n: int | None, share: float | None) -> dict[str, str]:
    return {f"{field}_size": _text(n) if share is None else _percent(share), f"{field}_unit": "count" if share is None else "percent"}


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * _HUNDRED:.6g}"


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())
