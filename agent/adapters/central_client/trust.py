"""Whom we believe to be central: chain and host name always, dates as soon as central's time is known."""

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast
from urllib.parse import urlsplit

from agent.ports import ConfigWrong, Unreachable, Untrusted

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python's ssl passes on but does not name."""

DER = 2
"""The form that `Certificate.public_bytes` is asked for."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
FETCH_LIMIT_S = 10.0

TimeReader = Callable[[], int | None]


class Certificate(Protocol):
    """What the interpreter's own certificate objects can do (public only from Python 3.13 on)."""

    def get_info(self) -> Mapping[str, Any]:
        """Names and dates, as `SSLObject.getpeercert` gives them."""

    def public_bytes(self, form: int) -> bytes:
        """The certificate as DER."""


class DatedObject(ssl.SSLObject):
    """A TLS connection that checks its certificates' dates against central's time instead of the PC's wall clock.

    The PC's clock may be years off (a dead CMOS battery is ordinary), so OpenSSL is told to skip dates; they are checked here,
    at the end of the handshake and so before the device token is sent, once there is a time that can be believed.
    """

    central_ms: ClassVar[TimeReader]

    def do_handshake(self) -> None:
        """Shake hands, then check the dates if central's time is known; raises SSLCertVerificationError."""
        super().do_handshake()
        now_ms = type(self).central_ms()
        if now_ms is not None:
            self.check_dates(now_ms)

    def check_dates(self, now_ms: int) -> None:
        """Raise SSLCertVerificationError if a certificate of the chain is not valid at `now_ms`."""
        for certificate in chain_of(self):
            info = certificate.get_info()
            if now_ms < ssl.cert_time_to_seconds(info["notBefore"]) * 1000:
                raise ssl.SSLCertVerificationError(1, "the certificate is not valid yet by central's time")
            if now_ms > ssl.cert_time_to_seconds(info["notAfter"]) * 1000:
                raise ssl.SSLCertVerificationError(1, "the certificate has expired by central's time")


def chain_of(connection: ssl.SSLObject | ssl.SSLSocket, *, verified: bool = True) -> list[Certificate]:
    """The peer's chain, verified up to the authority or as it was sent."""
    inner = connection._sslobj  # type: ignore[union-attr]  # public from Python 3.13 on, and the only way to the chain
    get = inner.get_verified_chain if verified else inner.get_unverified_chain
    return cast("list[Certificate]", get() or [])


def make_context(authority_pem: str | None, central_ms: TimeReader) -> ssl.SSLContext:
    """A context that checks chain and host name, and dates by `central_ms`; with `authority_pem` that authority alone is believed."""
    try:
        context = ssl.create_default_context(cadata=authority_pem)
    except ssl.SSLError as error:
        raise ConfigWrong(
            "the central's CA certificate cannot be read; enrol again, or give a PEM file as [central] ca_file"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= cast("ssl.VerifyFlags", NO_CHECK_TIME)
    context.sslobject_class = type("DatedByCentral", (DatedObject,), {"central_ms": staticmethod(central_ms)})
    return context


def check_address(url: str) -> str:
    """The address of a central without its last slash; raises ConfigWrong. Plain http is for loopback alone."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise ConfigWrong("the central's address cannot be read; it looks like https://central.example") from error
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigWrong(
            "the central's address must look like https://central.example, without a user, a query or a fragment"
        )
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ConfigWrong(f"central at {host} is addressed by plain http, which is for loopback alone; use https")
    return url.rstrip("/")


def read_authority(path: Path, sha256: str | None = None) -> str:
    """The PEM of the CA certificate in `path`.

    Raises ConfigWrong if it cannot be read, or has another hash than the enrolment string says.
    """
    try:
        pem = path.read_text(encoding="ascii")
        der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE-----") :].strip())
    except (OSError, ValueError) as error:
        raise ConfigWrong(
            f"{path}: no PEM certificate can be read from it ({type(error).__name__}); set [central] ca_file"
        ) from error
    if sha256 is not None and not has_hash(der, sha256):
        raise ConfigWrong(
            f"{path}: is not the certificate that the enrolment string names by its hash; get the right one from central"
        )
    return pem


async def fetch_authority(url: str, sha256: str) -> str:
    """The PEM of the CA certificate with this hash, out of the chain that central sends.

    Nothing is sent and nothing but the hash is believed. Raises Untrusted if it is not in the chain, Unreachable without a connection.
    """
    parts = urlsplit(check_address(url))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(FETCH_LIMIT_S):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=context)
    except (OSError, TimeoutError) as error:
        raise Unreachable(
            f"central at {parts.hostname} gave no TLS connection ({type(error).__name__}); check address and network"
        ) from error
    try:
        chain = chain_of(writer.get_extra_info("ssl_object"), verified=False)
        found = [der for der in (certificate.public_bytes(DER) for certificate in chain) if has_hash(der, sha256)]
    finally:
        writer.close()
    if not found:
        raise Untrusted(
            f"central at {parts.hostname} does not send the CA certificate that the enrolment string names by its hash; "
            "check the string, or give the certificate's file as [central] ca_file"
        )
    return ssl.DER_cert_to_PEM_cert(found[0])


def has_hash(der: bytes, sha256: str) -> bool:
    """Whether the certificate has this SHA-256 in hex."""
    return hmac.compare_digest(hashlib.sha256(der).hexdigest(), sha256.lower())
