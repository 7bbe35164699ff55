"""Interchange: evaluation forms of other products, written from rubrics and read as rubrics.

``FORMS`` lists them. What a form cannot carry is told, note by note; nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa_service.interchange.amazon_connect import AmazonConnect
from qa_service.interchange.base import Exported, Fidelity, FormKind, FormOptions, Imported, Note
from qa_service.interchange.genesys import Genesys

FORMS: Mapping[str, FormKind] = {"amazon-connect": AmazonConnect(), "genesys": Genesys()}

__all__ = ["FORMS", "Exported", "Fidelity", "FormKind", "FormOptions", "Imported", "Note"]
