"""Check digits, by numbers that are published as examples or worked out beside them."""

from __future__ import annotations

import pytest

from qa_service.analysis.redaction import checks


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (checks.card, "4111111111111111", "4111111111111112"),
        (checks.card, "378282246310005", "378282246310006"),
        (checks.card, "5555555555554444", "1555555555554444"),
        (checks.card, "6037991812345670", "6037991812345671"),
        (checks.card, "4222222222222", "0000000000000"),
        (checks.iban, "GB29NWBK60161331926819", "GB29NWBK60161331926818"),
        (checks.iban, "de89370400440532013000", "DE8937040044053201300"),
        (checks.iban, "IR730170000000332211445566", "IR740170000000332211445566"),
        # 0*10+0*9+8*8+4*7+5*6+7*5+3*4+9*3+4*2 = 204 = 18*11 + 6; 11 - 6 = 5
        (checks.iranian_id, "0084573945", "0084573946"),
        (checks.iranian_id, "1276439814", "1111111111"),
        (checks.saudi_id, "1008473629", "3008473629"),
        (checks.emirati_id, "784198712345671", "784198712345672"),
        # 2*2+8*1+7*6+0*3+4*7+1*9+2*10+0*5+0*8+4*4+5*2 = 137 = 12*11 + 5; 11 - 5 = 6
        (checks.kuwaiti_id, "287041200456", "287041200457"),
        (checks.egyptian_id, "29001011234567", "29013011234567"),
        (checks.social_security, "519448026", "666448026"),
    ],
)
def test_check_digits(check: object, right: str, wrong: str) -> None:
    assert callable(check)
    assert check(right)
    assert not check(wrong)
