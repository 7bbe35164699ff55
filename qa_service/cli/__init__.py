"""The command line: one file a command, each a thin shell over a service. ``COMMANDS`` is where they are registered.

A command's file, and all that it works with, is loaded when the command is called: ``--help`` and mistyped commands answer at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import typer

from qa_service.cli.lazy import Command, lazy_group

#: Name -> where it is, and what the overview says. A new command is one file and one entry.
COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "demo": Command("demo", "demo", "Score every shipped recording and conversation, print the tables, then serve."),
        "score": Command("score", "score", "Score recordings and conversations: files, folders, a CSV manifest."),
        "transcribe": Command("transcribe", "transcribe", "Transcribe recordings, without storing anything."),
        "serve": Command("serve", "serve", "Serve the API, its documentation and health, and work on jobs."),
        "worker": Command("serve", "worker", "Work on jobs without serving."),
        "agent": Command("agent", "agent", "Strengths and weaknesses of an agent, with intervals and examples."),
        "team": Command("team", "team", "How a team does, and who stands where as far as it can be told."),
        "import": Command("imports", "commands", "Call details, surveys, and calls with their recordings from files."),
        "sources": Command("sources", "commands", "What is taken in by itself, from folders and buckets."),
        "figures": Command("figures", "figures", "Contact-centre figures against their targets."),
        "targets": Command("targets", "commands", "What figures should reach."),
        "rubric": Command("rubric", "commands", "Rubrics, tested like code."),
        "learn": Command("learn", "commands", "Learn from people's answers, and put what was learned to use."),
        "topics": Command("topics", "commands", "Why customers are in contact: found in history, named by people."),
        "search": Command("search", "commands", "What was said: found by words and by meaning, followed in time."),
        "sample": Command("sample", "commands", "Which scorecards people review, by plans."),
        "accuracy": Command("accuracy", "commands", "How right the machine is, by blind review."),
        "calibration": Command("calibration", "commands", "Do reviewers judge alike? Sessions and their results."),
        "report": Command("report", "commands", "Reports as HTML, PDF, CSV, JSON and Parquet, in three languages."),
        "export": Command("export", "export", "What every scorecard gives to the figures, as Parquet or CSV."),
        "outcomes": Command("outcomes", "commands", "What customers say and do afterwards, and what predicts it."),
        "models": Command("models", "commands", "Speech engines and their weights."),
        "judge": Command("judge", "commands", "The language model that answers criteria of the kind 'judge'."),
        "db": Command("db", "commands", "The database."),
        "replay": Command("replay", "replay", "Work a scorecard out again from the ledger, and show that it is identical."),
        "retain": Command("retain", "commands", "Retention and erasure: words go, figures stay."),
        "audit": Command("audit", "commands", "The append-only audit ledger."),
        "work": Command("work", "commands", "Queues of work: what waits, pause and limit, and jobs that were given up."),
        "key": Command("serve", "commands", "The admin key, which is made at first start."),
        "user": Command("user", "commands", "Users: who may do something here, their passwords and keys."),
        "bench": Command("bench", "commands", "Benchmarks, as ratios against a named peer in the same run."),
    }
)

app = typer.Typer(name="qa-service", cls=lazy_group(COMMANDS), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def qa_service() -> None:
    """Quality assurance for contact centres: recordings and conversations in, scorecards and strengths out."""
