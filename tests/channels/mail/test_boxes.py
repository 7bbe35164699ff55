"""Threads of loose mails and mailboxes as conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_service.channels.base import Conversation, MailParties, Outcome, ReadOptions
from qa_service.channels.identifiers import pseudonym
from qa_service.channels.mail.boxes import parse_mails, read_eml, read_mails, read_mbox, threads_of_files
from qa_service.domain.interaction import Channel, Direction
from qa_service.domain.transcript import Speaker
from qa_service.errors import EmailError

BOB, SARA = "Bob <bob@mail.example>", "Sara Ahmadi <sara@shop.example>"
DAY = {1: "Mon, 02 Nov 2026 09:00:00 +0000", 2: "Mon, 02 Nov 2026 15:30:00 +0330", 3: "Tue, 03 Nov 2026 09:00:00 +0000"}


def mail(
    writer: str,
    text: str,
    *,
    to: str | None = None,
    id: str | None = None,
    day: int | None = None,
    answers: str | None = None,
    subject: str = "Order",
    extra: str = "",
) -> bytes:
    lines = [f"From: {writer}", f"To: {to or (SARA if writer == BOB else BOB)}", f"Subject: {subject}"]
    lines += [f"Message-ID: <{id}>"] if id else []
    lines += [f"Date: {DAY[day]}"] if day else []
    lines += [f"In-Reply-To: <{answers}>"] if answers else []
    return ("\r\n".join([*lines, *([extra] if extra else [])]) + f"\r\n\r\n{text}\r\n").encode()


FIRST = mail(BOB, "Where is my order?", id="1@mail", day=1)
ANSWER = mail(
    SARA,
    "It left today.\n\nOn Mon, 2 Nov 2026 at 09:00 Bob <bob@mail.example> wrote:\n> Where is my order?",
    id="2@shop",
    day=2,
    answers="1@mail",
    subject="Re: Order",
)
THANKS = mail(BOB, "Thank you!", id="3@mail", day=3, answers="2@shop", subject="RE: Order")


def only(found: list[Outcome]) -> Conversation:
    assert len(found) == 1
    assert isinstance(found[0], Conversation)
    return found[0]


def talk(found: Conversation) -> list[tuple[str, str, int | None]]:
    return [(str(turn.speaker), turn.text, turn.start_ms) for turn in found.transcript.turns]


def told(*domains: str, addresses: tuple[str, ...] = ()) -> MailParties:
    return MailParties(agent_domains=frozenset(domains), agent_addresses=frozenset(addresses))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_thread_in_any_order(order: tuple[int, ...]) -> None:
    found = only(list(parse_mails([(FIRST, ANSWER, THANKS)[index] for index in order], parties=told("shop.example"))))
    # 15:30 at +03:30 is 12:00 UTC, 3 h after the first mail; the third follows 24 h after the first.
    assert talk(found) == [
        ("customer", "Where is my order?", 0),
        ("agent", "It left today.", 10_800_000),
        ("customer", "Thank you!", 86_400_000),
    ]
    about = found.interaction
    assert (about.id, about.channel, about.direction, about.subject) == ("1@mail", Channel.EMAIL, Direction.INBOUND, "Order")
    assert about.started_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert about.agent is not None
    assert about.customer is not None
    assert (about.agent.id, about.agent.name) == ("sara@shop.example", "Sara Ahmadi")
    assert about.customer.id == pseudonym("bob@mail.example")
    assert (about.metadata, found.transcript.speakers_known, found.transcript.engine) == ({"parties": "told"}, True, "import:email")


def test_without_being_told_the_first_writer_is_the_customer_and_that_is_said() -> None:
    found = only(list(parse_mails([FIRST, ANSWER])))
    assert [turn.speaker for turn in found.transcript.turns] == [Speaker.CUSTOMER, Speaker.AGENT]
    assert found.interaction.metadata == {"parties": "first writer taken for the customer"}
    assert found.transcript.speakers_known is False


@pytest.mark.parametrize(
    ("parties", "speakers"),
    [
        (told("shop.example"), "ca"),
        (told("example"), "aa"),
        (told(addresses=("sara@shop.example",)), "ca"),
        (told("hop.example"), "cc"),
        (told("mail.example"), "ac"),
    ],
)
def test_who_is_the_agent(parties: MailParties, speakers: str) -> None:
    found = only(list(parse_mails([FIRST, ANSWER], parties=parties)))
    assert "".join(turn.speaker[0] for turn in found.transcript.turns) == speakers


def test_the_agent_header_says_it_too() -> None:
    answer = mail(SARA, "It left today.", answers="1@mail", day=2, extra="X-QA-Agent: a17")
    found = only(list(parse_mails([FIRST, answer])))
    assert found.interaction.agent is not None
    assert (found.interaction.agent.id, found.transcript.speakers_known) == ("a17", True)


def test_an_outbound_thread() -> None:
    found = only(list(parse_mails([mail(SARA, "Your contract ends soon.", id="9@shop", day=1)], parties=told("shop.example"))))
    assert found.interaction.direction is Direction.OUTBOUND
    assert found.interaction.customer is not None
    assert found.interaction.customer.id == pseudonym("bob@mail.example")


def test_several_agents_and_machines() -> None:
    lena = "Lena <lena@shop.example>"
    thread = [
        FIRST,
        mail("shop@shop.example", "We got your mail.", answers="1@mail", day=1, extra="Auto-Submitted: auto-replied"),
        mail(SARA, "One moment.", id="2@shop", answers="1@mail", day=2, to=BOB),
        mail(lena, "It left.", id="4@shop", answers="2@shop", day=3, to=BOB),
        mail(BOB, "I am away.", answers="4@shop", day=3, extra="Auto-Submitted: auto-replied"),
        mail(lena, "Never mind.", id="5@shop", answers="4@shop", day=3, to=BOB),
    ]
    found = only(list(parse_mails(thread, parties=told("shop.example"))))
    assert [str(turn.speaker) for turn in found.transcript.turns] == ["customer", "bot", "agent", "agent", "system", "agent"]
    assert found.interaction.agent is not None
    assert found.interaction.agent.id == "lena@shop.example"
    assert found.interaction.metadata["agents"] == ["lena@shop.example", "sara@shop.example"]


def ids(found: list[Outcome]) -> list[list[str]]:
    return [[turn.text for turn in one.transcript.turns] for one in found if isinstance(one, Conversation)]


THREADS: list[tuple[str, list[bytes], list[list[str]]]] = [
    (
        "the mail answered is missing",
        [mail(SARA, "b", id="2", answers="gone", day=2), mail(BOB, "c", id="3", answers="gone", day=3)],
        [["b", "c"]],
    ),
    ("reply without ids, same people", [mail(BOB, "a", id="1", day=1), mail(SARA, "b", day=2, subject="Re: Order")], [["a", "b"]]),
    ("Persian reply mark", [mail(BOB, "a", id="1", day=1, subject="سفارش"), mail(SARA, "b", day=2, subject="پاسخ: سفارش")], [["a", "b"]]),
    (
        "same subject, other people",
        [mail(BOB, "a", id="1", day=1), mail("ann@mail.example", "b", to=SARA, day=2, subject="Re: Order")],
        [["a"], ["b"]],
    ),
    ("same subject, no reply", [mail(BOB, "a", id="1", day=1), mail(BOB, "b", id="2", day=2)], [["a"], ["b"]]),
    ("no subject at all", [mail(BOB, "a", day=1, subject=""), mail(SARA, "b", day=2, subject="Re: ")], [["a"], ["b"]]),
    ("the same mail twice", [mail(BOB, "a", id="1", day=1), mail(BOB, "a", id="1", day=1)], [["a"]]),
    ("one that answers itself", [mail(BOB, "a", id="1", day=1, answers="1")], [["a"]]),
    (
        "without Date, behind the one it answers",
        [mail(BOB, "c", id="3", day=3, answers="1"), mail(SARA, "b", id="2", answers="1"), mail(BOB, "a", id="1", day=1)],
        [["a", "b", "c"]],
    ),
    ("nobody has a date", [mail(BOB, "a", id="1"), mail(SARA, "b", id="2", answers="1")], [["a", "b"]]),
]


@pytest.mark.parametrize(("name", "mails", "expected"), THREADS, ids=[case[0] for case in THREADS])
def test_threads(name: str, mails: list[bytes], expected: list[list[str]]) -> None:
    del name
    assert ids(list(parse_mails(mails))) == expected


def test_a_mail_without_date_has_no_time() -> None:
    found = only(list(parse_mails([mail(BOB, "a", id="1", day=1), mail(SARA, "b", id="2", answers="1")])))
    assert [(turn.start_ms, turn.sent_at is None) for turn in found.transcript.turns] == [(0, False), (None, True)]


def test_a_thread_without_ids_is_named_by_its_content() -> None:
    one, two = (only(list(parse_mails([mail(BOB, text)]))).interaction.id for text in ("a", "b"))
    assert one.startswith("mail-")
    assert one != two
    assert one == only(list(parse_mails([mail(BOB, "a")]))).interaction.id


def test_a_mail_that_adds_nothing_keeps_its_place() -> None:
    pdf = mail(
        BOB,
        "--X\r\nContent-Type: application/pdf; name=bill.pdf\r\n\r\nx\r\n--X--",
        answers="1@mail",
        day=2,
        extra="Content-Type: multipart/mixed; boundary=X",
    )
    quote = mail(SARA, "On Mon, 2 Nov 2026 at 09:00 Bob <bob@mail.example> wrote:\n> Where?", answers="1@mail", day=3)
    found = only(list(parse_mails([FIRST, pdf, quote])))
    assert [turn.text for turn in found.transcript.turns][1:] == ["[attachment: bill.pdf]", "[nothing added to the quoted mail]"]
    [error] = parse_mails([pdf], file="x.eml")
    assert isinstance(error, EmailError)
    assert (error.file, error.hint) == ("x.eml", None)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "the file is empty"), (b"\0\0", "the file is empty"), (b"hello", "not an e-mail"), (mail(BOB, " "), "no body")],
)
def test_an_unusable_mail_names_its_file(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "m.eml"
    path.write_bytes(data)
    [error] = read_eml(path)
    assert isinstance(error, EmailError)
    assert error.file == str(path)
    assert message in error.message


def test_a_missing_mail(tmp_path: Path) -> None:
    assert [type(one) for one in read_eml(tmp_path / "none.eml")] == [EmailError]
    assert [type(one) for one in read_mbox(tmp_path / "none.mbox")] == [EmailError]


def test_loose_files_are_grouped_by_thread(tmp_path: Path) -> None:
    other = mail("ann@mail.example", "hello", to=SARA, id="x", day=1, subject="Other")
    for name, data in (("1.eml", ANSWER), ("2.eml", other), ("3.eml", FIRST), ("4.eml", b"junk")):
        (tmp_path / name).write_bytes(data)
    paths = sorted(tmp_path.iterdir())
    groups = [[path.name for path in group] for group in threads_of_files(paths)]
    assert groups == [["3.eml", "1.eml"], ["2.eml"], ["4.eml"]]
    assert len(only(list(read_mails([tmp_path / "3.eml", tmp_path / "1.eml"]))).transcript.turns) == 2


def box(*mails: bytes, head: bytes = b"From bob@mail.example Mon Nov  2 09:00:00 2026\n") -> bytes:
    return b"".join(head + one.replace(b"\r\n", b"\n") + b"\n" for one in mails)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"From bob@mail.example Mon Nov  2 09:00:00 2026\n", id="mboxo"),
        pytest.param(b"From - Mon Nov 02 09:00:00 2026\n", id="Thunderbird"),
        pytest.param(b"From 1681@xxx Mon Nov 02 09:00:00 +0000 2026\r\n", id="Takeout"),
    ],
)
def test_a_mailbox_holds_several_threads(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "all.mbox"
    other = mail(
        "ann@mail.example",
        "From here on it fails.\n\nFrom now on I pay less in 2026\n\n>From Tue Nov 03 09:00 2026 on",
        to=SARA,
        id="x",
        day=1,
        subject="Other",
    )
    path.write_bytes(box(FIRST, other, ANSWER, head=head))
    found = list(read_mbox(path, ReadOptions(parties=told("shop.example"))))
    assert ids(found) == [
        ["Where is my order?", "It left today."],
        ["From here on it fails.\n\nFrom now on I pay less in 2026\n\nFrom Tue Nov 03 09:00 2026 on"],
    ]


def test_a_faulty_mail_in_a_mailbox_is_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "all.mbox"
    path.write_bytes(box(FIRST, mail(BOB, "", id="empty"), ANSWER))
    error, thread = read_mbox(path)
    assert isinstance(error, EmailError)
    assert error.line == FIRST.replace(b"\r\n", b"\n").count(b"\n") + 3
    assert error.hint == "Message-ID <empty>"
    assert isinstance(thread, Conversation)


def test_an_empty_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "all.mbox"
    path.write_bytes(b"")
    [error] = read_mbox(path)
    assert isinstance(error, EmailError)
    assert "no readable mail" in error.message
