"""The rules of the booth's firewall, as nftables reads them: what is not named is dropped, in and out.

Protocols are numbers (1, 6, 17, 58): their names are in a file that a bare Debian does not have.
"""

from installer.answers import Answers, Place

HEAD = """\
# Written by bilik-install: what this booth may speak with. Loaded by bilik-firewall.service.
table inet bilik
delete table inet bilik
table inet bilik {
"""
INPUT = """\
  chain in {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    ct state invalid drop
    icmp type echo-request limit rate 5/second accept
    icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, mld-listener-query } accept
    udp sport 67 udp dport 68 accept
    udp sport 547 udp dport 546 accept
"""
OUTPUT = """\
  chain out {
    type filter hook output priority filter; policy drop;
    oif lo meta skuid KIOSK tcp dport != { PORT, 53 } ct state new reject with tcp reset
    oif lo accept
    ct state established,related accept
    meta l4proto { 1, 58 } accept
    udp sport 68 udp dport 67 accept
    udp sport 546 udp dport 547 accept
    meta l4proto { 6, 17 } th dport 53 accept comment "names"
    udp dport 123 meta skuid != KIOSK accept comment "the time"
"""
MEETING_UDP = "{ 443, 3478, 8801-8810, 10000, 19302-19309 }"


def rules(answers: Answers) -> str:
    """The whole file. A host given by name is allowed by port and account: its number may change while a booth is up."""
    return HEAD + INPUT + _logins(answers) + "  }\n\n" + _output(answers) + "    counter reject\n  }\n}\n"


def _logins(answers: Answers) -> str:
    return "".join(
        f'    {_family(network)} saddr {network} tcp dport 22 accept comment "a technician"\n'
        for network in answers.ssh_from
    )


def _output(answers: Answers) -> str:
    kiosk = f'"{answers.kiosk_account}"'
    lines = OUTPUT.replace("KIOSK", kiosk).replace("PORT", str(answers.page_port))
    central = f"{_to(answers.central)}tcp dport {answers.central.port}"
    lines += f'    meta skuid {{ 0, "{answers.agent_account}" }} {central} accept comment "central"\n'
    for turn in answers.turn:
        lines += f'    meta skuid {{ "{answers.agent_account}", {kiosk} }} {_to(turn)}meta l4proto {{ 6, 17 }} th dport {turn.port} '
        lines += 'accept comment "the relay"\n'
    if answers.direct_calls:
        lines += f'    meta skuid {kiosk} udp dport 1024-65535 accept comment "calls straight to a phone"\n'
    if answers.meetings:
        lines += f'    meta skuid {kiosk} tcp dport 443 accept comment "meetings"\n'
        lines += f'    meta skuid {kiosk} udp dport {MEETING_UDP} accept comment "meetings"\n'
    return lines


def _to(place: Place) -> str:
    address = place.address
    return "" if address is None else f"{'ip' if address.version == 4 else 'ip6'} daddr {address} "


def _family(network: str) -> str:
    return "ip6" if ":" in network else "ip"
