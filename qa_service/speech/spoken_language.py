"""The language of a recording: the likeliest one among those that a site expects."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from qa_service.errors import ConfigurationError


def likeliest(shares: Mapping[str, float], *, among: Collection[str]) -> tuple[str, float]:
    """The likeliest language and its probability, by the recogniser's ``shares``; ``among`` is empty for all that it knows.

    The probability stays the one among all languages: where another language was spoken, it is low and says so. Raises
    ``ConfigurationError`` when the recogniser knows none of ``among``.
    """
    known = {language: share for language, share in shares.items() if not among or language in among}
    if not known:
        raise ConfigurationError(f"the model knows none of {', '.join(among)}", field="QA_LANGUAGES")
    language = max(known, key=lambda code: known[code])
    return language, float(known[language])
