"""Forms of other products: rubrics written as them, and read from them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict

from qa_service.api.deps import Id, ServicesDep, media_type
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.interaction import Channel
from qa_service.interchange import FORMS, Fidelity, FormOptions, Note
from qa_service.services.interchange import as_yaml, export_form, import_form

router = APIRouter(prefix="/rubric-forms", route_class=Door)
Kind = Annotated[str, Path(description="`amazon-connect` or `genesys`.", json_schema_extra={"enum": list(FORMS)})]
Language = Annotated[str, Query(pattern="^[a-z]{2,3}$", description="Language of the form's texts.")]


class FidelityNote(BaseModel):
    """One thing that did not come along as it was."""

    model_config = ConfigDict(frozen=True)

    #: ``lost`` or ``changed``.
    fidelity: Fidelity
    #: Id of a section or criterion, or the place in the other product's form; empty for the whole.
    place: str
    #: What, and what became of it.
    message: str

    @classmethod
    def of(cls, note: Note) -> FidelityNote:
        """Of a note."""
        return cls(**note._asdict())


class ForeignForm(BaseModel):
    """A rubric as another product's form."""

    model_config = ConfigDict(frozen=True)

    #: As that product's API takes it.
    form: dict[str, Any]
    notes: tuple[FidelityNote, ...]


class ReadForm(BaseModel):
    """Another product's form as a rubric."""

    model_config = ConfigDict(frozen=True)

    #: The rubric in YAML; nothing is stored.
    yaml: str
    notes: tuple[FidelityNote, ...]


@router.get(
    "/{kind}/{rubric}", response_model=ForeignForm, responses=documented(401, 404, 422),
    summary="Write a rubric as another product's form",
)  # fmt: skip
def write_rubric_form(
    services: ServicesDep, kind: Kind, rubric: Id, language: Language = "en",
    instance: Annotated[
        str, Query(min_length=1, max_length=100, description="Amazon Connect: id of the instance.")
    ] = FormOptions().instance,
) -> ForeignForm:
    """Its newest version, with a note on everything that the form cannot carry."""
    made = export_form(services.rubrics.get(rubric), kind, FormOptions(language=language, instance=instance))
    return ForeignForm(form=made.form, notes=tuple(FidelityNote.of(note) for note in made.notes))


async def _json(request: Request) -> bytes:
    media_type(request, ("application/json",))
    return await request.body()


@router.post(
    "/{kind}", response_model=ReadForm, responses=documented(401, 413, 415, 422), summary="Read another product's form as a rubric",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)  # fmt: skip
def read_rubric_form(
    kind: Kind, data: Annotated[bytes, Depends(_json)], channel: Annotated[Channel, Query(description="Channel that it judges.")],
    language: Language = "en",
    rubric: Annotated[
        str | None,
        Query(alias="id", pattern="^[a-z][a-z0-9-]*$", max_length=80, description="Id of the rubric; from the title unless told."),
    ] = None,
) -> ReadForm:
    """Sections, questions, options, weights, fails and conditions; people answer every criterion until detections are written."""
    read = import_form(data, kind, FormOptions(language=language, channel=channel, rubric=rubric), file="form.json")
    return ReadForm(yaml=as_yaml(read.rubric), notes=tuple(FidelityNote.of(note) for note in read.notes))
