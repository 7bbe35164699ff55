"""One mail: bodies, charsets, HTML, headers."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from qa_service.channels.mail.message import Mail, parse_mail
from qa_service.channels.mail.text import decoded, html_text
from qa_service.errors import EmailError

FA = "سلام، سفارش من هنوز نرسیده است."
AR = "مرحباً، لم يصل طلبي حتى الآن."


def mail(body: bytes, *headers: str, subject: str = "Order") -> Mail:
    head = ["From: Bob <Bob@Mail.example>", "To: support@shop.example", f"Subject: {subject}", "Message-ID: <1@mail.example>", *headers]
    return parse_mail("\r\n".join(head).encode() + b"\r\n\r\n" + body, file="m.eml")


BODIES: list[tuple[str, bytes, tuple[str, ...], str]] = [
    ("plain", b"hello", (), "hello"),
    (
        "quoted-printable Persian",
        "سلام".encode().hex("=").upper().join(["=", ""]).encode(),
        ('Content-Type: text/plain; charset="utf-8"', "Content-Transfer-Encoding: quoted-printable"),
        "سلام",
    ),
    (
        "base64 windows-1256",
        b64encode(AR.replace("ً", "").encode("cp1256")),
        ("Content-Type: text/plain; charset=windows-1256", "Content-Transfer-Encoding: base64"),
        AR.replace("ً", ""),
    ),
    ("8-bit UTF-8 without charset", FA.encode(), (), FA),
    ("UTF-8 declared as ascii", FA.encode(), ("Content-Type: text/plain; charset=us-ascii",), FA),
    ("unknown charset", FA.encode(), ("Content-Type: text/plain; charset=x-nonsense",), FA),
    ("UTF-8 declared as windows-1252 with quotes", "it’s".encode("cp1252"), ("Content-Type: text/plain; charset='iso-8859-1'",), "it’s"),
    ("broken base64", b"aGVsbG8", ("Content-Transfer-Encoding: base64",), "hello"),
    ("NUL bytes", b"he\0llo", (), "hello"),
    (
        "format=flowed",
        b"This is one \r\nparagraph of text.\r\n\r\n-- \r\nAcme",
        ("Content-Type: text/plain; format=flowed",),
        "This is one paragraph of text.",
    ),
    (
        "HTML only",
        "<p>سلام،</p><p>سفارش&nbsp;من <b>نرسید</b>.<br>لطفاً پیگیری کنید.</p><style>p{}</style>".encode(),
        ("Content-Type: text/html; charset=utf-8",),
        "سلام،\n\nسفارش من نرسید.\nلطفاً پیگیری کنید.",
    ),
    ("HTML declared as plain", b"<html><body><p>hello</p></body></html>", ("Content-Type: text/plain",), "hello"),
    ("mbox-like line", b"From here on it works.\r\n", (), "From here on it works."),
]


@pytest.mark.parametrize(("name", "body", "headers", "text"), BODIES, ids=[case[0] for case in BODIES])
def test_bodies(name: str, body: bytes, headers: tuple[str, ...], text: str) -> None:
    del name
    assert mail(body, *headers).text == text


def multipart(kind: str, *parts: str) -> tuple[bytes, str]:
    body = "".join(f"--X\r\n{part}\r\n" for part in parts) + "--X--\r\n"
    return body.encode(), f'Content-Type: multipart/{kind}; boundary="X"'


PLAIN, HTML = "Content-Type: text/plain; charset=utf-8\r\n\r\nplain text", "Content-Type: text/html\r\n\r\n<p>html text</p>"
PDF = 'Content-Type: application/pdf; name="bill.pdf"\r\nContent-Disposition: attachment; filename="bill.pdf"\r\n\r\nx'


def test_plain_is_preferred() -> None:
    assert mail(*multipart("alternative", PLAIN, HTML)).text == "plain text"


def test_blank_plain_falls_back_to_html() -> None:
    assert mail(*multipart("alternative", "Content-Type: text/plain\r\n\r\n \r\n", HTML)).text == "html text"


def test_inline_parts_follow_each_other_and_attachments_are_named() -> None:
    found = mail(*multipart("mixed", PLAIN, PDF, "Content-Type: text/plain\r\n\r\nsecond part"))
    assert (found.text, found.attachments) == ("plain text\n\nsecond part", ("bill.pdf",))


def test_a_text_attachment_is_not_the_body() -> None:
    found = mail(
        *multipart("mixed", PLAIN, 'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="log.txt"\r\n\r\nsecret')
    )
    assert (found.text, found.attachments) == ("plain text", ("log.txt",))


def test_an_attached_mail_is_not_read() -> None:
    found = mail(*multipart("mixed", PLAIN, "Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: z\r\n\r\nother mail"))
    assert found.text == "plain text"


def test_only_an_attachment_has_no_text_but_is_a_mail() -> None:
    assert mail(*multipart("mixed", PDF)).text == ""


QUOTED_HTML: list[tuple[str, str, str]] = [
    (
        "Gmail",
        '<div>Thanks!</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, 2026 at 9:14 AM Sara &lt;<a href="x">s@shop.example</a>&gt; '  # noqa: E501
        'wrote:<br></div><blockquote class="gmail_quote">Hello<br>Bob</blockquote></div>',
        "Thanks!",
    ),
    (
        "Gmail, answers between",
        '<div>See below</div><div class="gmail_attr">On Mon, Nov 2, 2026 at 9:14 AM Sara &lt;s@shop.example&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote">Did you restart?</blockquote><div>Yes, twice.</div><blockquote class="gmail_quote">And the cable?</blockquote><div>New.</div>',  # noqa: E501
        "See below\n\nYes, twice.\n\nNew.",
    ),
    (
        "Apple Mail",
        '<div>Ok!</div><blockquote type="cite"><div>On 2 Nov 2026, at 09:14, Sara wrote:</div><div>Hello</div></blockquote>',
        "Ok!",
    ),
    (
        "Outlook",
        "<div>Ok!</div><hr><div id='divRplyFwdMsg'><b>From:</b> S &lt;s@shop.example&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Bob<br><b>Subject:</b> x</div>"  # noqa: E501
        "<div>old</div>",
        "Ok!",
    ),
    (
        "the writer's own indent",
        "<p>The sign says</p><blockquote>No parking here at any time.</blockquote><p>Is that so?</p>",
        "The sign says\n\n  No parking here at any time.\n\nIs that so?",
    ),
    ("marked signature", '<div>Done.</div><div class="gmail_signature">Bob Smith<br>Acme Ltd<br>+44 20 1234567</div>', "Done."),
    ("comments only", "<!-- x --><p>y</p>", "y"),
]


@pytest.mark.parametrize(("name", "html", "text"), QUOTED_HTML, ids=[case[0] for case in QUOTED_HTML])
def test_quotes_in_html(name: str, html: str, text: str) -> None:
    del name
    lines = [line.strip() for line in mail(html.encode(), "Content-Type: text/html; charset=utf-8").text.split("\n")]
    assert lines == [line.strip() for line in text.split("\n")]


@pytest.mark.parametrize("source", ["", "<!-- nothing -->", "\x01\ufffe", "<?xml version='1.0' encoding='utf-8'?>", "\0"])
def test_html_without_text(source: str) -> None:
    assert html_text(source) == ""


def test_html_with_an_xml_head_and_deep_nesting() -> None:
    assert html_text("<?xml version='1.0' encoding='utf-8'?><html><p>hello</p></html>").strip() == "hello"
    assert isinstance(html_text("<div>" * 3000 + "x" + "</div>" * 3000), str)


SUBJECTS = [
    ("=?utf-8?B?" + b64encode("پاسخ: سفارش نرسیده".encode()).decode() + "?=", "سفارش نرسیده"),
    ("=?windows-1256?Q?" + "".join(f"={byte:02X}" for byte in "الطلب".encode("cp1256")) + "?=", "الطلب"),
    # A letter of two bytes cut between two encoded words.
    (
        "=?utf-8?B?" + b64encode("سل".encode()[:3]).decode() + "?=\r\n =?utf-8?B?" + b64encode("سل".encode()[3:] + b"!").decode() + "?=",
        "سل!",
    ),
    ("=?x-unknown?B?aGVsbG8=?=", "hello"),
    ("Re: RE: [2] Fwd: Bill", "[2] Fwd: Bill"),
    ("=?utf-8?B?AAAAA?=", None),
    ("=?utf-8?B?YQBi?=", "ab"),
    ("=?hex?B?aGVsbG8=?=", "hello"),
    ("Re[2]: Bill", "Bill"),
    ("رد: الفاتورة", "الفاتورة"),
    ("سلام", "سلام"),
    ("Re: ", ""),
]


@pytest.mark.parametrize(("raw", "subject"), SUBJECTS)
def test_subjects(raw: str, subject: str | None) -> None:
    assert mail(b"x", subject=raw).head.subject == (raw if subject is None else subject)


def test_raw_cp1256_header() -> None:
    data = b"From: a@b.example\r\nSubject: " + "السلام عليكم ورحمة الله".encode("cp1256") + b"\r\n\r\nx"
    assert parse_mail(data).head.subject == "السلام عليكم ورحمة الله"


def test_names_addresses_and_ids() -> None:
    data = (
        b"From: =?utf-8?B?"
        + b64encode("سارا، محمدی".encode())
        + b'?= <Sara@Shop.example>\r\nTo: "Smith, Bob" <bob@mail.example>, ann@mail.example\r\n'
        b"Cc: undisclosed-recipients:;\r\nMessage-ID:\r\n <id/1@shop.example>\r\nIn-Reply-To: <b@x>\r\nReferences: <a@x>\r\n\t<b@x>\r\n"
        b"Auto-Submitted: auto-replied\r\nX-QA-Agent: a17\r\n\r\nx"
    )
    head = parse_mail(data).head
    assert (head.sender, head.sender_name) == ("sara@shop.example", "سارا، محمدی")
    assert head.recipients == ("bob@mail.example", "ann@mail.example")
    assert (head.id, head.references, head.automatic, head.agent) == ("id/1@shop.example", ("a@x", "b@x"), True, "a17")


DATES = [
    ("Mon, 02 Nov 2026 12:44:05 +0330", datetime(2026, 11, 2, 9, 14, 5, tzinfo=UTC)),
    ("Mon, 02 Nov 2026 09:14:05 -0000", datetime(2026, 11, 2, 9, 14, 5, tzinfo=UTC)),
    ("Mon, 02 Nov 2026 09:14:05 GMT (UTC)", datetime(2026, 11, 2, 9, 14, 5, tzinfo=UTC)),
    ("yesterday", None),
    ("Mon, 99 Xxx 2026 99:99:99 +9999", None),
    ("Fri, 31 Dec 9999 23:59:59 -1400", None),
    ("", None),
]


@pytest.mark.parametrize(("raw", "expected"), DATES)
def test_dates(raw: str, expected: datetime | None) -> None:
    assert mail(b"x", f"Date: {raw}").head.sent_at == expected


MALFORMED = [
    b'From: "Bob <b@x.example>\nTo: (\nMessage-ID: <[\nReferences: <a\tb> ,\nDate: foo\n\nhi',
    b'From: b@x.example;\nTo: <>\nCc: ;,<\nContent-Type: text/plain; charset="\n\nhi',
    b'From: b@x.example\nContent-Type: multipart/mixed; boundary="X"\n\nhi',
    b"From: b@x.example\nContent-Type: nonsense\nContent-Transfer-Encoding: nonsense\n\nhi",
    b"From: b@x.example\nContent-Type: text/plain; charset*0=utf; charset*1=-8\n\nhi",
]


@pytest.mark.parametrize("data", MALFORMED)
def test_malformed_headers_do_not_stop_the_mail(data: bytes) -> None:
    assert parse_mail(data).text == "hi"


NO_MAIL = [
    (b"From: b@x.example\nSubject: x\nMessage-ID: <7@x>\n\n \n\n", "the mail has no body"),
    (b"From: b@x.example\nContent-Type: text/html\n\n<p> </p>", "the mail has no body"),
    (b"Subject: x\n\nhello", "no From header"),
    (b"just some text\nwithout headers", "no From header"),
    (b"\x00\x01\x02\xff" * 100, "no From header"),
    (b"", "no From header"),
]


@pytest.mark.parametrize(("data", "message"), NO_MAIL)
def test_what_is_no_mail(data: bytes, message: str) -> None:
    with pytest.raises(EmailError) as caught:
        parse_mail(data, file="m.eml", line=3)
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == ("m.eml", 3)


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        (AR.replace("ً", "").encode("cp1256"), None, AR.replace("ً", "")),
        (AR.encode(), "windows-1256x", AR),
        (b"", None, ""),
        (b"\xff\xfe\xfd", "utf-8", None),
    ],
)
def test_any_bytes_become_text(data: bytes, declared: str | None, text: str | None) -> None:
    found = decoded(data, declared=declared)
    assert found == text if text is not None else isinstance(found, str)


def test_brackets_hundreds_deep_are_no_address() -> None:
    deep = "(" * 800
    read = parse_mail(f"From: Bob {deep} <bob@mail.example>\nTo: {deep}\nSubject: x\n\nhello".encode(), file="m.eml")
    assert (read.head.sender, read.head.recipients) == ("bob@mail.example", ())
