"""What may be called: public addresses, and networks that the operator names."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from qa_service.domain.reachable import reachable


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses(address: str) -> None:
    assert reachable(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1",
        "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
        "fd00:ec2::254", "2001:db8::1", "64:ff9b:1:7f00:0:100:808:808", "fec0::1", "192.0.0.192", "::ffff:192.0.0.192",
    ],
)
def test_others_are_refused_however_they_are_written(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize(
    ("address", "network", "allowed"),
    [
        ("10.1.2.3", "10.0.0.0/8", True), ("11.1.2.3", "10.0.0.0/8", True), ("10.1.2.3", "10.2.0.0/16", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True), ("127.0.0.1", "127.0.0.1/32", True), ("::1", "::1/128", True),
        ("::1", "127.0.0.0/8", False), ("fe80::1%eth0", "fe80::/10", True),
    ],
)
def test_networks_that_the_operator_names(address: str, network: str, allowed: bool) -> None:
    assert reachable(address, own=[ip_network(network)]) is allowed


@pytest.mark.parametrize("text", ["", "localhost", "0x7f000001", "2130706433", "127.1", "1.2.3.4.5"])
def test_what_is_no_address_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        reachable(text)
