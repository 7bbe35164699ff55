"""The table of channels, and what each adds."""

from __future__ import annotations

import pytest

from qa_service.channels import CHANNELS
from qa_service.domain.interaction import Channel


def test_every_channel_has_its_rules() -> None:
    assert set(CHANNELS) == set(Channel)
    assert all(rules.channel is channel for channel, rules in CHANNELS.items())


@pytest.mark.parametrize(
    ("channel", "spoken", "continuous"),
    [(Channel.PHONE, True, True), (Channel.CHAT, False, True), (Channel.EMAIL, False, False), (Channel.SOCIAL, False, False)],
)
def test_what_times_mean(channel: Channel, spoken: bool, continuous: bool) -> None:
    assert (CHANNELS[channel].spoken, CHANNELS[channel].continuous) == (spoken, continuous)
