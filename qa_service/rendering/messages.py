"""Messages: one catalogue for reports and pages, a file for each language, with placeholders and plurals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import TypeAlias

import yaml

from qa_service.domain.report import ReportLanguage
from qa_service.rendering.languages import LANGUAGES

#: A text with ``{placeholders}``, or one for each plural category, chosen by ``{n}``.
Message: TypeAlias = str | Mapping[str, str]
#: Where the files are: one or more for each language, as in ``pages.fa.yaml``.
_FOLDER = "catalogue"


@lru_cache(maxsize=len(ReportLanguage))
def catalogue(language: ReportLanguage) -> Mapping[str, Message]:
    """All messages of a language by key: ``section.summary``."""
    found: dict[str, Message] = {}
    folder = files("qa_service.rendering").joinpath(_FOLDER)
    for file in sorted((one for one in folder.iterdir() if one.name.split(".")[-2:] == [language.value, "yaml"]), key=lambda one: one.name):
        _gather(yaml.safe_load(file.read_text(encoding="utf-8")), "", set(LANGUAGES[language].plurals), found)
    return MappingProxyType(found)


def message(key: str, language: ReportLanguage, *, n: float | None = None) -> str:
    """The text of a key, placeholders not filled yet; raises ``KeyError`` for one that nobody wrote."""
    found = catalogue(language)[key]
    return found if isinstance(found, str) else found[LANGUAGES[language].plural(0 if n is None else n)]


def placeholders(text: str) -> frozenset[str]:
    """The names in it that values take the place of."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _gather(node: Mapping[str, object], path: str, plurals: set[str], found: dict[str, Message]) -> None:
    for key, value in node.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping) and not set(value) <= plurals:
            _gather(value, name, plurals, found)
        elif isinstance(value, Mapping):
            found[name] = MappingProxyType({str(category): str(text) for category, text in value.items()})
        else:
            found[name] = str(value)
