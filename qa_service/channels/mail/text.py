"""Bytes and HTML of mail parts as plain text: charsets as they are, not as they are declared."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

import inscriptis  # type: ignore[import-untyped]
from charset_normalizer import from_bytes
from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.etree import ParserError  # type: ignore[import-untyped]

#: Charsets that mailers name wrongly (WHATWG Encoding, labels): the bytes are those of the Windows code page.
_REALLY = {"iso-8859-1": "cp1252", "us-ascii": "utf-8", "iso-8859-6": "cp1256", "iso-8859-9": "cp1254", "ascii": "utf-8"}
#: Tried when the declared charset is unknown or does not fit.
_GUESSES = ["cp1256", "cp1252", "iso8859_6", "utf_16"]
#: Containers of quoted mail by their mailer's mark; a plain blockquote may be the writer's own indent.
_QUOTED = (
    "//blockquote[@type='cite' or contains(@class,'gmail_quote') or contains(@class,'protonmail_quote')]"
    " | //*[contains(@class,'yahoo_quoted') or starts-with(@id,'yahoo_quoted')]"
)
_SIGNATURE = "//*[contains(@class,'gmail_signature') or contains(@class,'moz-signature') or @id='Signature' or @id='signature']"
#: Private characters that mark the ends of a quotation while HTML becomes text.
_OPEN, _CLOSE = "\ue001", "\ue002"
#: What XML cannot hold (W3C XML 1.0, Char), and our own marks.
_UNFIT = re.compile(f"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[{_OPEN}{_CLOSE}]")
_XML_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")


def decoded(data: bytes, *, declared: str | None) -> str:
    """Bytes as text: by the declared charset where it fits, as UTF-8, else guessed; never fails."""
    name = (declared or "utf-8").strip("\"' ").lower()
    for charset in (_REALLY.get(name, name), "utf-8"):
        text = _strictly(data, charset)
        if text is not None:
            return text
    best = from_bytes(data, cp_isolation=_GUESSES).best()
    return str(best) if best else data.decode("cp1252", "replace")


def header_text(message: Message, name: str) -> str:
    """The first header of that name, encoded words and raw 8-bit letters decoded; empty where there is none.

    Read from the raw items: the structured headers of ``policy.default`` raise IndexError on addresses and ids that
    are merely malformed, as many in an archive are.
    """
    return unencoded(raw_header(message, name))


def raw_header(message: Message, name: str) -> str:
    """As :func:`header_text`, encoded words left alone (an address list must be split before they are decoded)."""
    return healed(next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), ""))


def healed(raw: str) -> str:
    """Text that the parser kept as escaped bytes, decoded; blanks and line ends as one blank, NUL taken out."""
    text = raw if raw.isascii() else decoded(raw.encode("utf-8", "surrogateescape"), declared=None)
    return " ".join(text.replace("\x00", "").split())


def unencoded(value: str) -> str:
    """``=?utf-8?B?...?=`` decoded; adjacent words of one charset are joined before (a letter may be cut in two)."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except HeaderParseError:  # base64 that is none: shown as it stands
        return value
    text = "".join(part if isinstance(part, str) else decoded(part, declared=charset) for part, charset in parts)
    return text.replace("\x00", "")


def html_text(source: str) -> str:
    """HTML as a reader sees it; mail quoted in it has ``>`` before its lines, a marked signature stands after ``--``."""
    source = _XML_HEAD.sub("", _UNFIT.sub("", source))
    if not source.strip():
        return ""
    try:
        tree = lxml_html.document_fromstring(source)
    except ParserError:  # nothing but comments
        return ""
    for quoted in tree.xpath(_QUOTED):
        quoted.insert(0, _paragraph(_OPEN, before=quoted))
        quoted.append(_paragraph(_CLOSE))
    for signature in tree.xpath(_SIGNATURE):
        signature.insert(0, _paragraph("--", before=signature))
    return _marked(inscriptis.Inscriptis(tree).get_text())


def _strictly(data: bytes, charset: str) -> str | None:
    """The text, if ``charset`` exists, fits, and gives letters that every database can store."""
    try:
        text = data.decode(charset)
        text.encode("utf-8")
    except (LookupError, ValueError):
        return None
    return text


def _paragraph(text: str, *, before: lxml_html.HtmlElement | None = None) -> lxml_html.HtmlElement:
    """``<p>text</p>``; takes over the text that stands directly in ``before``, so that it stays behind the mark."""
    mark = lxml_html.Element("p")
    mark.text = text
    if before is not None:
        mark.tail, before.text = before.text, None
    return mark


def _marked(text: str) -> str:
    depth, lines = 0, []
    for line in text.replace("\u00a0", " ").split("\n"):
        depth += line.count(_OPEN)
        bare = line.replace(_OPEN, "").replace(_CLOSE, "").rstrip()
        if bare or line == bare:
            lines.append(f"> {bare}" if depth else bare)
        depth = max(0, depth - line.count(_CLOSE))
    return "\n".join(lines)
