"""Questions about one interaction: side by side, within budgets, repeats put together, and the record of it all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.analysis.judge.judges import Judges
from qa_service.domain.judgement import Asked, Judgement
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Question = Callable[..., Asked]
Reply = Callable[..., dict[str, Any]]
Make = Callable[..., Judges]


def one(judges: Judges, transcript: Transcript, asked: Asked) -> Judgement:
    return judges.find(transcript, [asked])[asked.query.key]


def test_a_good_answer_is_a_judgement_with_its_record(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    language_model.script(reply())
    transcript, judges = talk(), make_judges()
    found = one(judges, transcript, question())
    assert (found.answer, found.share) == ("no", 1.0)
    assert [transcript.turns[hit.turn].text[hit.start : hit.end] for hit in found.hits] == ["And when will the refund come?"]
    (call,) = found.calls
    assert (call.version, call.model, call.served, call.asked_tokens, call.reply_tokens) == ("judge/1", "tiny", "served-tiny", 300, 40)
    assert (call.answer, call.fault, call.kept) == ("no", "", False)
    assert found.why == f"The refund was left open. (tiny, 1 of 1, request {call.request[:16]})"
    assert judges.version == "judge/1 tiny"


def test_what_was_asked_before_is_not_asked_again(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    language_model.script(reply())
    first = one(make_judges(), talk(), question())
    again = one(make_judges(), talk(), question("judge:other"))
    assert len(language_model.asked) == 1
    assert (again.answer, again.hits, again.why) == (first.answer, first.hits, first.why)
    assert again.calls == (first.calls[0].model_copy(update={"kept": True}),)
    for other in (make_judges(server={"model": "big"}), make_judges(server={"reply_tokens": 99})):
        one(other, talk(), question())
    one(make_judges(), talk(), question(text="Was the customer in a hurry at all?"))
    one(make_judges(), talk("agent: Other words.\n" * 5 + "agent: End."), question())
    assert len(language_model.asked) == 5


@pytest.mark.parametrize(
    ("answers", "answer", "share", "why"),
    [
        (["no", "no", "no"], "no", 1.0, "The refund was left open. (tiny, 3 of 3"),
        (["no", "yes", "no"], "no", 2 / 3, "The refund was left open. (tiny, 2 of 3"),
        (["no", "undecided", "no"], "no", 2 / 3, "(tiny, 2 of 3"),
        (["no", "yes", "undecided"], "undecided", 0.0, "the repeats disagree: 1 no, 1 undecided, 1 yes (tiny, request "),
        (["no", "yes"], "undecided", 0.0, "the repeats disagree: 1 no, 1 yes"),
        (["undecided", "undecided", "yes"], "undecided", 0.0, "the model cannot tell: The refund was left open."),
        (["not_applicable"], "not_applicable", 1.0, "(tiny, 1 of 1"),
    ],
)
def test_repeats_are_put_together(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply, answers: list[str], answer: str, share: float,
    why: str,
) -> None:
    language_model.script(lambda body: reply(answers[body["seed"]]))
    judges = make_judges(repeats=len(answers))
    found = one(judges, talk(), question())
    assert (found.answer, round(found.share, 6)) == (answer, round(share, 6))
    assert why in found.why
    assert [call.answer for call in found.calls] == answers
    assert len({call.request for call in found.calls}) == len(answers)
    asked = sorted((body["seed"], body["temperature"]) for body in language_model.asked)
    assert asked == [(seed, 0.7 if seed else 0.0) for seed in range(len(answers))]
    assert judges.version == "judge/1 tiny" + (f" x{len(answers)}" if len(answers) > 1 else "")


def test_an_invented_quote_is_refused_and_said_so(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    language_model.script(reply("yes", "The refund will come on Friday."))
    found = one(make_judges(), talk(), question())
    assert (found.answer, found.hits) == ("undecided", ())
    assert "refused: answered 'yes', and its quote 'The refund will come on Friday.' does not stand in the transcript" in found.why
    assert found.calls[0].fault.startswith("refused: ")


def test_failures_leave_the_question_open_and_lower_what_the_others_agree_on(
    language_model: Any, raw: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    busy = raw({"error": "busy"}, 500)
    language_model.script(busy)
    failed = one(make_judges(server={"retries": 0}), talk(), question())
    assert (failed.answer, failed.calls[0].ms, failed.calls[0].served) == ("undecided", 0, "")
    assert failed.why.startswith("the server answered 500: busy (tiny, request ")
    language_model.script(lambda body: busy if body["seed"] == 1 else reply())
    some = one(make_judges(server={"retries": 0}, repeats=3), talk(), question())
    assert (some.answer, round(some.share, 3)) == ("no", 0.667)
    assert [call.fault for call in some.calls] == ["", "the server answered 500: busy", ""]


def test_a_dead_server_is_asked_few_times_for_a_whole_batch(
    language_model: Any, raw: Any, make_judges: Make, talk: Talk, question: Question
) -> None:
    language_model.script(raw({"error": "busy"}, 503))
    judges = make_judges(server={"retries": 0}, concurrency=1)
    found = [one(judges, talk(f"agent: Call number {index}.\ncustomer: Yes."), question(shown={0, 1})) for index in range(8)]
    assert {judgement.answer for judgement in found} == {"undecided"}
    assert len(language_model.asked) == 3
    assert "not asked: the model's server failed 3 times running" in found[-1].why


def test_questions_are_asked_side_by_side_within_the_limit(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    barrier, inside, most, lock = threading.Barrier(3, timeout=20), [0], [0], threading.Lock()

    def count(_: Any) -> Any:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        barrier.wait()
        with lock:
            inside[0] -= 1
        return reply()

    language_model.script(count)
    asked = [question(f"judge:{index}", text=f"Is this question number {index}?") for index in range(6)]
    found = make_judges(concurrency=3).find(talk(), asked)
    assert [found[one.query.key].answer for one in asked] == ["no"] * 6
    assert most[0] == 3


def test_a_server_that_hangs_holds_nothing_up_beyond_the_limit(
    language_model: Any, raw: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    language_model.script(lambda body: raw(b"", wait=600.0) if "number 1?" in json.dumps(body) else reply())
    asked = [question(f"judge:{index}", text=f"Is this question number {index}?") for index in range(3)]
    found = make_judges(server={"timeout": 0.4}).find(talk(), asked)
    assert [found[one.query.key].answer for one in asked] == ["no", "undecided", "no"]
    assert found["judge:1"].why.startswith("no answer within 0.4 s")


def test_an_interaction_spends_no_more_than_it_may(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    language_model.script(reply())
    asked = [question(f"judge:{index}", text=f"Is this question number {index}?") for index in range(3)]
    judges = make_judges(interaction_tokens=3600)
    found = judges.find(talk(), asked)
    assert [found[one.query.key].answer for one in asked] == ["no", "no", "undecided"]
    assert "are more than this interaction has left (QA_JUDGE_INTERACTION_TOKENS)" in found["judge:2"].why
    again = judges.find(talk(), asked)
    assert [again[one.query.key].answer for one in asked] == ["no"] * 3, "what is kept costs nothing"


def test_a_day_spends_no_more_than_it_may(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    """A request and its reply are counted with some 1,450 tokens beforehand, and with the server's 340 afterwards."""
    language_model.script(reply())
    asked = [question(f"judge:{index}", text=f"Is this question number {index}?") for index in range(4)]
    judges = make_judges(day_tokens=1950, concurrency=1)
    assert [one(judges, talk(), two).answer for two in asked] == ["no", "no", "undecided", "undecided"]
    assert "the tokens of this day are used up (QA_JUDGE_DAY_TOKENS)" in one(judges, talk(), asked[3]).why
    tomorrow = make_judges(day_tokens=1950, now=datetime(2026, 11, 23, 0, 30, tzinfo=UTC))
    assert one(tomorrow, talk(), asked[3]).answer == "no"


def test_personal_data_is_masked_and_its_quote_found_again(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply
) -> None:
    transcript = talk("agent: Hello, my name is Sara Jones.\ncustomer: My card is 4111 1111 1111 1111, thanks.")
    language_model.script(reply("yes", "My card is [CARD], thanks.", turn=1))
    found = one(make_judges(), transcript, question(shown={0, 1}))
    assert [transcript.turns[hit.turn].text[hit.start : hit.end] for hit in found.hits] == ["My card is 4111 1111 1111 1111, thanks."]
    sent = json.dumps(language_model.asked)
    assert "[CARD]" in sent
    assert "4111" not in sent
    assert "Sara" not in sent


def test_a_memory_that_cannot_be_used_leaves_the_question_open(
    language_model: Any, make_judges: Make, talk: Talk, question: Question, reply: Reply, tmp_path: Any
) -> None:
    language_model.script(reply())
    (tmp_path / "judge.sqlite").write_text("no database" * 300)
    found = one(make_judges(), talk(), question())
    assert found.answer == "undecided"
    assert "the judge's memory cannot be used" in found.why
