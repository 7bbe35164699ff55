"""Interchange of forms with other products: a rubric as their form, their form as a rubric in YAML, and what did not come along."""

from __future__ import annotations

import json
from typing import Any

import yaml

from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.interchange import FORMS, Exported, FormKind, FormOptions, Imported


def export_form(rubric: Rubric, kind: str, options: FormOptions) -> Exported:
    """The rubric as a form of that product; raises :class:`InputError` for an unknown one."""
    return _kind(kind).write(rubric, options)


def import_form(data: bytes, kind: str, options: FormOptions, *, file: str) -> Imported:
    """A form of that product, as JSON, as a rubric; raises :class:`InputError` naming the file and the line or field."""
    return _kind(kind).read(_parsed(data, file), options, file=file)


def as_yaml(rubric: Rubric) -> str:
    """The rubric as a person would write it: nothing that has its default value."""
    data: dict[str, Any] = rubric.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=140)


def _kind(kind: str) -> FormKind:
    if kind not in FORMS:
        raise InputError(f"no forms of {kind!r} are known", field="kind", hint=f"one of: {', '.join(FORMS)}")
    return FORMS[kind]


def _parsed(data: bytes, file: str) -> object:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8", file=file) from error
    except json.JSONDecodeError as error:
        raise InputError(f"broken JSON: {error.msg} (column {error.colno})", file=file, line=error.lineno) from error
    except RecursionError as error:
        raise InputError("the JSON is nested too deeply", file=file) from error
