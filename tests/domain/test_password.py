"""Passwords that are too weak, and why."""

from __future__ import annotations

import pytest

from qa_service.domain.password import MOST, check, normalized
from qa_service.errors import PasswordError


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "too short"),
        ("elevenchars", "too short"),
        ("x" * 3 + "olive tram window 41" * MOST, "too long"),
        ("aaaaaaaaaaaaaaaa", "too few"),
        ("abababababab", "too few"),
        ("rita.moradi@x", "little more than the login"),
        ("RITA.Moradi@x", "little more than the login"),
        ("rita.moradi@x2026", "little more than the login"),
        ("password1234", "most common"),
        ("Password1234!", "most common"),
        ("1234567890123", "most common"),
        ("9876543210987", "most common"),
        ("abcdefghijklm", "most common"),
        ("qwertyuiop123", "most common"),
        ("changeme2026!!", "most common"),
    ],
)
def test_weak_ones_are_refused_with_a_reason_and_without_an_echo(password: str, told: str) -> None:
    with pytest.raises(PasswordError, match=told) as caught:
        check(password, login="rita.moradi@x")
    assert caught.value.field == "password"
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize(
    "password", ["olive tram window 41", "کبوتر چای پنجره", "نافذة الحديقة القديمة", "correct-horse-battery", "R7kq!zLw0pXe"]
)
def test_others_are_taken_in_any_script(password: str) -> None:
    check(password, login="rita")


def test_a_login_of_a_letter_says_nothing() -> None:
    check("baobab-caravan", login="a")


def test_letters_are_the_same_from_every_keyboard() -> None:
    assert normalized("cafe\u0301 olive tram") == normalized("café olive tram")
