"""Check digits of cards, account numbers and national ids."""

from __future__ import annotations

#: Length of an IBAN by country (SWIFT registry), for the countries that callers name most; others are checked without.
_IBAN_LENGTHS = {
    "AE": 23, "AT": 20, "BE": 16, "BH": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EG": 29, "ES": 24, "FI": 18, "FR": 27,
    "GB": 22, "GR": 27, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IR": 26, "IT": 27, "JO": 30, "KW": 30, "LB": 28, "LU": 20, "NL": 18,
    "NO": 15, "OM": 23, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "SA": 24, "SE": 24, "TN": 24, "TR": 26,
}  # fmt: skip
_KUWAIT_WEIGHTS = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def luhn(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1)."""
    figures = [int(digit) for digit in reversed(digits)]
    return (sum(figures[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in figures[1::2])) % 10 == 0


def card(digits: str) -> bool:
    """Whether digits are a payment card's: length, first digits (ISO/IEC 7812) and check digit."""
    if len(digits) not in (13, 14, 15, 16, 19) or digits[0] not in "23456" or len(set(digits)) == 1:
        return False
    return len(digits) in _card_lengths(digits) and luhn(digits)


def _card_lengths(digits: str) -> tuple[int, ...]:
    """Lengths of the cards that begin as these digits: Diners, American Express, JCB, Visa, Mastercard and others."""
    if digits[0] == "3":
        return {"34": (15,), "37": (15,), "35": (16,)}.get(digits[:2], (14, 16) if digits[:2] in ("30", "36", "38", "39") else ())
    if digits[0] == "2":
        return (16,) if 2221 <= int(digits[:4]) <= 2720 else ()
    return (13, 16, 19) if digits[0] == "4" else (16, 19)


def iban(text: str) -> bool:
    """ISO 13616: length of the country and remainder 1 modulo 97."""
    number = text.upper()
    if not 15 <= len(number) <= 34 or not number[:2].isalpha() or not number[2:4].isdigit() or not number.isalnum() or not number.isascii():
        return False
    if len(number) != _IBAN_LENGTHS.get(number[:2], len(number)):
        return False
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def iranian_id(digits: str) -> bool:
    """Iran's ten-digit national code: weights 10 to 2, modulo 11."""
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def saudi_id(digits: str) -> bool:
    """Saudi national id (1...) or iqama (2...): ten digits by Luhn's formula."""
    return len(digits) == 10 and digits[0] in "12" and luhn(digits)


def emirati_id(digits: str) -> bool:
    """Emirates id: 784, year of birth, fifteen digits by Luhn's formula."""
    return len(digits) == 15 and digits.startswith("784") and digits[3:5] in ("19", "20") and luhn(digits)


def kuwaiti_id(digits: str) -> bool:
    """Kuwait's civil id: century, date of birth, check digit 11 less the weighted sum modulo 11."""
    if len(digits) != 12 or digits[0] not in "23" or not _month_and_day(digits[3:7]):
        return False
    return int(digits[11]) == 11 - sum(int(digit) * weight for digit, weight in zip(digits, _KUWAIT_WEIGHTS, strict=False)) % 11


def egyptian_id(digits: str) -> bool:
    """Egypt's national number: century, date of birth, governorate; fourteen digits."""
    return len(digits) == 14 and digits[0] in "23" and _month_and_day(digits[3:7]) and (1 <= int(digits[7:9]) <= 35 or digits[7:9] == "88")


def social_security(digits: str) -> bool:
    """A US number that may have been given out: area, group and serial are not zero, area not 666 nor 9xx."""
    return len(digits) == 9 and digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _month_and_day(digits: str) -> bool:
    return 1 <= int(digits[:2]) <= 12 and 1 <= int(digits[2:]) <= 31
