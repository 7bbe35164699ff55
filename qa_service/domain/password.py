"""What makes a password too weak to be taken."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from qa_service.domain.user import folded_login
from qa_service.errors import PasswordError

#: Fewest characters, and most: longer ones only cost time.
LEAST, MOST = 12, 200
#: Fewest different characters.
_FEWEST_KINDS = 5
#: Fewest characters beside one's own login.
_BESIDE_LOGIN = 6
_SHORTEST_LOGIN = 3
_ASK = "a few words that have nothing to do with each other make a good one"

#: The most common ones of such a length, without what people put at their ends: digits and punctuation.
_COMMON = frozenset(
    """
    password passwordpassword passw0rd p@ssw0rd p@ssword qwerty qwertyuiop qwertyuiopasdf qwertyuiopasdfgh qwertyqwerty asdfghjkl
    asdfghjklasdf asdfasdfasdf zxcvbnm zxcvbnmzxcvbnm qazwsxedc qazwsxedcrfv 1q2w3e4r5t6y 1q2w3e4r5t 1qaz2wsx3edc 1qaz2wsx3edc4rfv
    q1w2e3r4t5y6 abcdefghijkl abcdefghijklm abcdefghijklmnop abcdabcdabcd abcabcabcabc iloveyou iloveyouiloveyou letmein letmeinplease
    welcome welcomewelcome changeme changemenow changemeplease administrator administration superadmin adminadmin adminadminadmin
    rootroot rootrootroot mypassword mynewpassword newpassword thepassword secret secretpassword secretsecret topsecret trustno
    trustnoone trustnobody internet sunshine football basketball baseball princess superman dragon monkey master michael jordan shadow
    starwars liverpool manchester manchesterunited chelsea arsenal barcelona realmadrid jennifer jessica elizabeth christopher
    alexander unbelievable motherfucker callcenter callcentre contactcenter contactcentre qualityassurance customerservice company
    companyname computer default defaultpassword guest guestguest temporary temppassword test testtest testtesttest testpassword
    testing user username usernamepassword login loginlogin
    """.split()  # noqa: SIM905 - read by people
)
_ENDS = "0123456789!@#$%^&*()_-+=.,;:?/\\|~`'\" "


def normalized(password: str) -> str:
    """As it is hashed: the same from every keyboard and system (NFC, as RFC 8265 has it)."""
    return unicodedata.normalize("NFC", password)


def check(password: str, *, login: str, field: str = "password") -> None:
    """Raises :class:`PasswordError` that says what is wrong, and never what was typed."""
    fault = _fault(normalized(password), login)
    if fault is not None:
        raise PasswordError(f"this password {fault}", field=field, hint=_ASK)


def _fault(password: str, login: str) -> str | None:
    if len(password) < LEAST:
        return f"is too short: it needs {LEAST} characters or more"
    if len(password) > MOST:
        return f"is too long: {MOST} characters are enough"
    if len(set(password.casefold())) < _FEWEST_KINDS:
        return "repeats too few characters"
    if _is_login(folded_login(password), login):
        return "is little more than the login"
    if _is_common(password.casefold()):
        return "is one of the most common"
    return None


def _is_login(password: str, login: str) -> bool:
    return password == login or (len(login) >= _SHORTEST_LOGIN and len(password.replace(login, "")) < _BESIDE_LOGIN)


def _is_common(password: str) -> bool:
    """Common ones, and what counts up or down (``123456789012``)."""
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    counts = steps <= {1, -9} or steps <= {-1, 9}
    return counts or password in _COMMON or password.strip(_ENDS) in _COMMON
