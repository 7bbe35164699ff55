"""The bare peer of the review benchmark: one table, one route, one transaction a request, as the tutorials write it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from fastapi import Depends, FastAPI
from sqlmodel import Field, Session, SQLModel, create_engine


class Answer(SQLModel, table=True):
    __tablename__ = "bare_answers"

    id: int | None = Field(default=None, primary_key=True)
    scorecard: str
    criterion: str
    answer: str


engine = create_engine(os.environ["BARE_URL"], pool_size=10, max_overflow=30)
if engine.dialect.name == "sqlite":
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
SQLModel.metadata.create_all(engine)
app = FastAPI()


def session() -> Iterator[Session]:
    with Session(engine) as one:
        yield one


@app.post("/answers")
def save(given: Answer, one: Session = Depends(session)) -> Answer:  # noqa: B008
    one.add(given)
    one.commit()
    one.refresh(given)
    return given
