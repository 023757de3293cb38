"""What a booth finds when it looks at itself: every finding, whether it is good, its sentence (id, en) and what to do."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.wire import AtMs, Count, Lenient, ShortText, Strict

FINDINGS_MOST = 40


class Verdict(StrEnum):
    """GOOD: nothing to do. BAD: `todo` says what. UNKNOWN: it could not be told, which is no fault by itself."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


class Found(Strict, frozen=True, kw_only=True):
    """One line of a diagnosis: `finding` is a row of FINDINGS, `gaps` fill its sentences."""

    finding: ShortText
    gaps: Annotated[dict[ShortText, Count | ShortText], Meta(max_length=8)] = msgspec.field(default_factory=dict)


class LineTried(Lenient, frozen=True, kw_only=True):
    """Central's answer to bytes sent to try the line: how many came, its own clock, and its relays (`turn:host:port`, no credentials)."""

    received_bytes: Count
    at_ms: AtMs
    relays: Annotated[tuple[ShortText, ...], Meta(max_length=16)] = ()


class LineMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """How fast the line to central is; `relays` are those that central gives to calls, `central_ms` its own clock."""

    up_kbit_s: int
    down_kbit_s: int
    central_ms: int
    relays: tuple[str, ...]


class Finding(msgspec.Struct, frozen=True):
    """One row of the table; `area` names what was looked at, `todo` is empty where there is nothing to do."""

    code: str
    verdict: Verdict
    sentence_id: str
    sentence_en: str
    todo_id: str = ""
    todo_en: str = ""

    @property
    def area(self) -> str:
        """What was looked at: a key of AREAS."""
        return self.code.partition(".")[0]


AREAS: dict[str, tuple[str, str]] = {
    "agent": ("Agen", "Agent"),
    "central": ("Server", "Server"),
    "clock": ("Jam", "Clock"),
    "relay": ("Relai", "Relay"),
    "bandwidth": ("Kecepatan ke server", "Speed to the server"),
    "outbox": ("Laporan", "Reports"),
    "journal": ("Catatan di disk", "Journal"),
    "disk": ("Disk", "Disk"),
    "memory": ("Memori agen", "Agent's memory"),
    "window": ("Layar panggilan", "Call screen"),
    "keys": ("Papan ketik", "Keyboard"),
    "lockdown": ("Penguncian PC", "Lock-down of the PC"),
    "camera": ("Kamera", "Camera"),
    "microphone": ("Mikrofon", "Microphone"),
    "speaker": ("Pengeras suara", "Loudspeaker"),
    "token": ("Pendaftaran", "Enrolment"),
    "versions": ("Versi", "Versions"),
    "engine": ("Mesin peramban", "Web engine"),
    "system": ("Sistem", "System"),
    "uptime": ("Menyala", "Running"),
}
"""What is looked at, in the order in which it is shown: its name in Indonesian and English."""

_GOOD, _BAD, _UNKNOWN = Verdict.GOOD, Verdict.BAD, Verdict.UNKNOWN
_LINE = "Periksa kabel jaringan dan internet.", "Check the network cable and the internet line."
_SERVER = "Hubungi pengelola server.", "Call whoever runs the server."
_ENROL = "Buat kode pendaftaran baru di halaman bilik ini.", "Make a new enrolment code on this booth's page."
_TECHNICIAN = "Hubungi teknisi.", "Call the technician."
_RESTART = (
    "Nyalakan ulang bilik ini; bila tetap, hubungi teknisi.",
    "Restart this booth; if it stays, call the technician.",
)

FINDINGS: dict[str, Finding] = {
    row.code: row
    for row in (
        Finding("agent.runs", _GOOD, "Berjalan.", "It runs."),
        Finding(
            "agent.away", _BAD, "Tidak berjalan; yang tidak disebut di bawah hanya dapat dilihat olehnya.",
            "It does not run; what is not named below only it can see.",
            "`systemctl status bilik-agent` menyebutkan sebabnya; `systemctl start bilik-agent` menjalankannya.",
            "`systemctl status bilik-agent` says why; `systemctl start bilik-agent` starts it.",
        ),
        Finding("agent.silent", _UNKNOWN, "Berjalan, tetapi tidak menjawab.", "It runs, but does not answer."),
        Finding("agent.busy", _UNKNOWN, "Sedang diperiksa; coba lagi sebentar.", "It is being looked at just now; try again soon."),
        Finding("agent.in_call", _UNKNOWN, "Ada panggilan; periksa lagi sesudahnya.", "There is a call; look again after it."),
        Finding("central.reached", _GOOD, "Terjangkau dalam {ms} ms.", "Reached within {ms} ms."),
        Finding(
            "central.slow", _BAD, "Terjangkau, tetapi baru setelah {ms} ms.", "Reached, but only after {ms} ms.", *_LINE
        ),
        Finding("central.unreachable", _BAD, "Tidak terjangkau.", "Not reached.", *_LINE),
        Finding("central.unreadable", _BAD, "Jawabannya tidak terbaca.", "Its answer cannot be read.", *_SERVER),
        Finding("central.untrusted", _BAD, "Sertifikatnya tidak dipercaya.", "Its certificate is not trusted.", *_SERVER),
        Finding("central.refused", _BAD, "Menolak bilik ini.", "It refuses this booth.", *_ENROL),
        Finding("central.not_enrolled", _BAD, "Bilik ini belum didaftarkan.", "This booth is not enrolled.", *_ENROL),
        Finding("central.untried", _UNKNOWN, "Tidak dicoba: tokennya tidak terbaca.", "Not tried: the token cannot be read."),
        Finding("clock.fresh", _GOOD, "Disamakan {age_s} detik lalu.", "Matched {age_s} seconds ago."),
        Finding("clock.old", _BAD, "Terakhir disamakan {age_s} detik lalu.", "Last matched {age_s} seconds ago.", *_LINE),
        Finding("clock.agrees", _GOOD, "Jam PC berbeda {off_s} detik dari server.", "The PC's clock is {off_s} seconds off the server's."),
        Finding(
            "clock.differs", _BAD, "Jam PC berbeda {off_s} detik dari server.", "The PC's clock is {off_s} seconds off the server's.",
            "Setel jam PC: sertifikat server diperiksa dengannya. Bila berulang, ganti baterai papan induk.",
            "Set the PC's clock: the server's certificate is checked by it. If it comes back, change the board's battery.",
        ),
        Finding("clock.unknown", _UNKNOWN, "Server belum terjangkau, jadi belum diketahui.", "Not known: the server was not reached."),
        Finding("clock.never", _BAD, "Belum pernah disamakan.", "Never matched yet.", *_LINE),
        Finding("relay.answers", _GOOD, "{of} dari {of} menjawab.", "{of} of {of} answer."),
        Finding(
            "relay.silent", _BAD, "Hanya {answered} dari {of} menjawab.", "Only {answered} of {of} answer.",
            "Periksa tembok api jaringan dan server relai.", "Check the network's firewall and the relay server.",
        ),
        Finding("relay.untried", _UNKNOWN, "Belum diketahui relai mana yang dipakai.", "Not known yet which relays are used."),
        Finding("relay.none", _GOOD, "Server ini tidak memakai relai.", "This server uses no relay."),
        Finding("bandwidth.enough", _GOOD, "{down} kbit/s masuk, {up} kbit/s keluar.", "{down} kbit/s in, {up} kbit/s out."),
        Finding(
            "bandwidth.low", _BAD, "Hanya {down} kbit/s masuk, {up} kbit/s keluar; satu panggilan perlu {least}.",
            "Only {down} kbit/s in, {up} kbit/s out; a call needs {least}.",
            "Periksa apa lagi yang memakai internet ini, lalu langganannya.",
            "Check what else uses this internet line, then its contract.",
        ),
        Finding("bandwidth.unknown", _UNKNOWN, "Tidak dapat diukur sekarang.", "It cannot be measured now."),
        Finding("outbox.sent", _GOOD, "{rows} menunggu dikirim.", "{rows} waiting to be sent."),
        Finding("outbox.waiting", _BAD, "{rows} belum terkirim.", "{rows} not sent yet.", *_LINE),
        Finding("journal.written", _GOOD, "Dapat ditulis.", "It can be written."),
        Finding("journal.readable", _GOOD, "Dapat dibaca dan utuh.", "It can be read and is whole."),
        Finding("journal.failing", _BAD, "Tidak dapat ditulis.", "It cannot be written.", *_TECHNICIAN),
        Finding("journal.damaged", _BAD, "Yang lama rusak dan disisihkan.", "The old one was damaged and set aside.", *_TECHNICIAN),
        Finding("disk.room", _GOOD, "Sisa {mb} MB.", "{mb} MB free."),
        Finding(
            "disk.low", _BAD, "Hanya sisa {mb} MB.", "Only {mb} MB free.",
            "Hubungi teknisi: disk hampir penuh.", "Call the technician: the disk is nearly full.",
        ),
        Finding("memory.fine", _GOOD, "{mb} MB.", "{mb} MB."),
        Finding(
            "memory.large", _BAD, "{mb} MB, lebih dari biasanya.", "{mb} MB, more than usual.",
            "Mulai ulang agen di antara dua panggilan.", "Restart the agent between two calls.",
        ),
        Finding("window.up", _GOOD, "Tampil, {size}, dimulai {starts} kali.", "Up, {size}, started {starts} times."),
        Finding("window.away", _BAD, "Tidak tampil.", "Not up.", *_RESTART),
        Finding("window.no_shell", _BAD, "Program layar tidak berjalan.", "The screen's program does not run.", *_RESTART),
        Finding("keys.held", _GOOD, "{held} tombol dan gabungan terkunci.", "{held} keys and combinations held."),
        Finding(
            "keys.missing", _BAD, "{missing} gabungan tombol tidak terkunci.", "{missing} key combinations not held.", *_TECHNICIAN
        ),
        Finding("keys.unguarded", _BAD, "Tidak dijaga.", "Not guarded.", *_RESTART),
        Finding("lockdown.held", _GOOD, "Seperti dipasang.", "As it was set up."),
        Finding(
            "lockdown.changed", _BAD, "Telah berubah: {what}", "It has changed: {what}",
            "`sudo bilik-install verify` menyebutkan semuanya; pasang lagi dengan `sudo bilik-install`.",
            "`sudo bilik-install verify` names all of it; set it up again with `sudo bilik-install`.",
        ),
        Finding("lockdown.unknown", _UNKNOWN, "PC ini tidak dikunci oleh bilik-install.", "This PC was not locked by bilik-install."),
        Finding("camera.found", _GOOD, "Ditemukan.", "Found."),
        Finding(
            "camera.missing", _BAD, "Tidak ditemukan.", "Not found.",
            "Periksa kabel kamera, lalu tunggu 5 detik.", "Check the camera cable, then wait 5 seconds.",
        ),
        Finding("camera.works", _GOOD, "Gambar {size}, {frames} per detik.", "A picture of {size}, {frames} a second."),
        Finding(
            "camera.failed", _BAD, "Ditemukan, tetapi tidak memberi gambar.", "Found, but it gives no picture.",
            "Cabut dan pasang lagi kamera; tutup program lain yang memakainya.",
            "Unplug the camera and plug it in again; close other programs that use it.",
        ),
        Finding(
            "camera.black", _BAD, "Gambarnya hitam.", "The picture is black.",
            "Apakah penutup lensanya tertutup? Bukalah, dan nyalakan lampu.", "Is the lens cover closed? Open it, and turn on the light.",
        ),
        Finding(
            "camera.blank", _BAD, "Gambarnya satu warna saja.", "The picture is of one colour only.",
            "Buka penutup lensa atau lepaskan yang menutupinya.", "Open the lens cover, or take off what covers it.",
        ),
        Finding(
            "camera.frozen", _BAD, "Gambarnya diam.", "The picture stands still.",
            "Cabut dan pasang lagi kamera, sebaiknya di lubang USB lain.",
            "Unplug the camera and plug it in again, best at another USB port.",
        ),
        Finding(
            "camera.dark", _BAD, "Gambarnya gelap sekali.", "The picture is very dark.",
            "Nyalakan lampu di bilik.", "Turn on the light in the booth.",
        ),
        Finding(
            "camera.small", _BAD, "Gambarnya hanya {size}.", "The picture is of {size} only.",
            "Ganti kamera: panggilan memerlukan 640x480.", "Change the camera: a call needs 640x480.",
        ),
        Finding(
            "camera.slow", _BAD, "Hanya {frames} gambar per detik ({size}).", "Only {frames} pictures a second ({size}).",
            "Tambah cahaya, atau pasang kamera di lubang USB lain.", "Add light, or plug the camera into another USB port.",
        ),
        Finding("camera.unknown", _UNKNOWN, "Layar belum tampil, jadi belum diketahui.", "Not known: the screen is not up."),
        Finding("microphone.found", _GOOD, "Ditemukan.", "Found."),
        Finding(
            "microphone.missing", _BAD, "Tidak ditemukan.", "Not found.",
            "Periksa kabel headset, lalu tunggu 5 detik.", "Check the headset cable, then wait 5 seconds.",
        ),
        Finding("microphone.works", _GOOD, "Terdengar, {db} dB.", "It hears, {db} dB."),
        Finding(
            "microphone.failed", _BAD, "Ditemukan, tetapi tidak memberi suara.", "Found, but it gives no sound.",
            "Cabut dan pasang lagi headset; tutup program lain yang memakainya.",
            "Unplug the headset and plug it in again; close other programs that use it.",
        ),
        Finding(
            "microphone.silent", _BAD, "Tidak terdengar apa pun.", "Nothing at all is heard.",
            "Nyalakan sakelar di headset, lalu bicaralah; bila tetap, mikrofonnya keliru.",
            "Turn on the headset's switch, then speak; if it stays, it is the wrong microphone.",
        ),
        Finding("microphone.unknown", _UNKNOWN, "Layar belum tampil, jadi belum diketahui.", "Not known: the screen is not up."),
        Finding("speaker.confirmed", _GOOD, "Nadanya terdengar.", "Somebody heard the tone."),
        Finding("speaker.heard", _GOOD, "Mikrofon mendengar nadanya.", "The microphone heard the tone."),
        Finding(
            "speaker.played", _UNKNOWN, "Nada dimainkan, belum dipastikan: headset hanya terdengar oleh pemakainya.",
            "A tone was played, not confirmed: only its wearer hears a headset.",
        ),
        Finding("speaker.untried", _UNKNOWN, "Belum dicoba.", "Not tried."),
        Finding(
            "speaker.unheard", _BAD, "Nadanya tidak terdengar.", "Nobody heard the tone.",
            "Periksa kabel headset dan pengatur suara di kabelnya.", "Check the headset's cable and the volume wheel on it.",
        ),
        Finding(
            "speaker.missing", _BAD, "Tidak ditemukan.", "Not found.",
            "Periksa kabel headset, lalu tunggu 5 detik.", "Check the headset cable, then wait 5 seconds.",
        ),
        Finding(
            "speaker.off", _BAD, "Suara bilik ini disetel 0.", "This booth's volume is set to 0.",
            "Naikkan suara di halaman staf.", "Turn the volume up on the staff's page.",
        ),
        Finding("speaker.failed", _BAD, "Nada tidak dapat dimainkan.", "The tone could not be played.", *_RESTART),
        Finding("token.kept", _GOOD, "Tersimpan: {place}.", "Kept: {place}."),
        Finding("token.missing", _BAD, "Bilik ini belum didaftarkan.", "This booth is not enrolled.", *_ENROL),
        Finding("token.unreadable", _BAD, "Tidak dapat dibaca dari tempatnya.", "It cannot be read from its place.", *_TECHNICIAN),
        Finding("token.refused", _BAD, "Ditolak server.", "Refused by the server.", *_ENROL),
        Finding("versions.same", _GOOD, "Agen dan layar {agent}.", "Agent and screen {agent}."),
        Finding(
            "versions.differ", _BAD, "Agen {agent}, layar {shell}.", "Agent {agent}, screen {shell}.",
            "Nyalakan ulang bilik ini agar keduanya sama.", "Restart this booth so that both are the same.",
        ),
        Finding("engine.is", _GOOD, "{engine}.", "{engine}."),
        Finding("engine.unknown", _UNKNOWN, "Tidak diketahui.", "Not known."),
        Finding("system.is", _GOOD, "{system}.", "{system}."),
        Finding("system.unknown", _UNKNOWN, "Tidak diketahui.", "Not known."),
        Finding("uptime.is", _GOOD, "{days} hari {hours} jam {minutes} menit.", "{days} days {hours} hours {minutes} minutes."),
    )
}  # fmt: skip
"""Every line that a diagnosis can have."""
