"""Entity tags: a revision as an ``ETag``, and the conditions ``If-Match`` and ``If-None-Match`` (RFC 9110, section 13)."""

from __future__ import annotations

import re

from qa_service.errors import InputError, StaleVersionError

_TAGS = re.compile(r'\s*(?:W/)?"[^"\x00-\x20\x7f]*"\s*(?:,\s*(?:W/)?"[^"\x00-\x20\x7f]*"\s*)*')
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_REVISION = re.compile(r'"([1-9][0-9]{0,8})"')


def etag(version: int | str) -> str:
    """The tag of a version."""
    return f'"{version}"'


def expected(if_match: str | None) -> int | None:
    """The revision that the caller has seen; ``None`` for no condition or ``*``.

    Raises :class:`InputError` for what is no tag, and :class:`StaleVersionError` for a tag that no revision ever had (weak ones too).
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = _tags(if_match, header="If-Match")
    if len(tags) != 1:
        raise InputError("name one revision", field="If-Match", hint='such as If-Match: "3"')
    found = _REVISION.fullmatch(tags[0])
    if found is None:
        raise StaleVersionError(f"no revision has the tag {tags[0]}", field="If-Match", hint="send the ETag as you read it")
    return int(found.group(1))


def expected_tag(if_match: str | None) -> str | None:
    """What stands in the tag that the caller has seen, where tags are no revisions; ``None`` for no condition or ``*``.

    Raises :class:`InputError` for what is no tag, and for several."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = _tags(if_match, header="If-Match")
    if len(tags) != 1:
        raise InputError("name one version", field="If-Match", hint='such as If-Match: "sha256:0f"')
    return tags[0].removeprefix("W/").strip('"')


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has this version already; raises :class:`InputError` for what is no tag."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag in [one.removeprefix("W/") for one in _tags(if_none_match, header="If-None-Match")]


def _tags(text: str, *, header: str) -> list[str]:
    if _TAGS.fullmatch(text) is None:
        raise InputError("this is no entity tag", field=header, hint='a tag stands in quotes, such as "3"')
    return _TAG.findall(text)
