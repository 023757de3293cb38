"""The server room of the trial: central behind TLS of a private authority, and a relay, on this machine's own address."""

import hashlib
import ssl
from pathlib import Path

import trustme

from tests.chaos.front import Door, Front
from tests.stage.central import Called, Central
from tests.stage.network import own_address
from tests.stage.stage import Stage


class Site:
    """`enrolment` is what a technician types; central's address in it is a number, so that the box needs no names."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.address = own_address()
        self.relay = stage.turn()
        self.central: Central = stage.central(turn=self.relay)
        self.facility = self.central.add_facility(
            "Rutan Contoh",
            admit="automatic",
            warn_at_s=[5],
            farewell_s=2,
            check_in="none",
            ice_policy="relay",
            credit_s=300,
        )
        authority = trustme.CA()
        front = Front()
        front.start()
        stage.ends(front.stop)
        self.door = front.open(Door(self.address, self.central.port, _certificate(authority, self.address, stage.home)))
        self.terminal, self.enrolment = self._add_terminal(authority)

    def _add_terminal(self, authority: trustme.CA) -> tuple[str, str]:
        url = f"https://{self.address}:{self.door.port}"
        made = self.central.command("terminal", "add", "Bilik 3", "--facility", self.facility, "--url", url)
        der = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
        return str(made["id"]), f"{made['enrolment']}~{hashlib.sha256(der).hexdigest()}"

    def call(self, number: str, *, talk_s: int) -> Called:
        """A session at the box that is due now."""
        return self.central.add_session(self.terminal, number, talk_s=talk_s)


def _certificate(authority: trustme.CA, host: str, folder: Path) -> ssl.SSLContext:
    """With the whole chain: the booth fetches the authority by the hash it was given."""
    leaf = authority.issue_cert(host)
    chain = folder / "chain.pem"
    chain.write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context
