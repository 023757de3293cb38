"""Every fault: its code, how bad it is, what people are told and what staff can do."""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """NOTICE: staff may know. WARNING: a call may suffer. STOPS: the booth opens no call until it has gone."""

    NOTICE = "notice"
    WARNING = "warning"
    STOPS = "stops"


class Fault(msgspec.Struct, frozen=True):
    """One row of the table; the sentences are for the inmate's screen and the board, `todo` for staff."""

    code: str
    severity: Severity
    sentence_id: str
    sentence_en: str
    todo_id: str
    todo_en: str


FAULTS: dict[str, Fault] = {
    fault.code: fault
    for fault in (
        Fault(
            "KAM-1", Severity.WARNING,
            "Kamera tidak ditemukan.", "No camera was found.",
            "Periksa kabel kamera, lalu tunggu 5 detik.", "Check the camera cable, then wait 5 seconds.",
        ),
        Fault(
            "MIK-1", Severity.STOPS,
            "Mikrofon tidak ditemukan.", "No microphone was found.",
            "Periksa kabel headset, lalu tunggu 5 detik.", "Check the headset cable, then wait 5 seconds.",
        ),
        Fault(
            "JAR-1", Severity.WARNING,
            "Bilik ini tidak terhubung ke server.", "This booth cannot reach the server.",
            "Periksa kabel jaringan dan internet.", "Check the network cable and the internet line.",
        ),
        Fault(
            "JAR-2", Severity.WARNING,
            "Jawaban server tidak dapat dibaca.", "The server's answer cannot be read.",
            "Hubungi pengelola server.", "Call whoever runs the server.",
        ),
        Fault(
            "JAR-3", Severity.STOPS,
            "Sertifikat server tidak dipercaya.", "The server's certificate is not trusted.",
            "Hubungi pengelola server; jangan lanjutkan.", "Call whoever runs the server; do not go on.",
        ),
        Fault(
            "JAM-1", Severity.NOTICE,
            "Jam belum disamakan dengan server.", "The clock has not been matched with the server yet.",
            "Tunggu sampai terhubung.", "Wait until the booth is connected.",
        ),
        Fault(
            "JDW-1", Severity.NOTICE,
            "Sebagian jadwal tidak masuk akal dan diabaikan.", "Part of the schedule makes no sense and was left out.",
            "Periksa jadwal hari ini.", "Check today's schedule.",
        ),
        Fault(
            "JRN-1", Severity.STOPS,
            "Catatan tidak dapat ditulis ke disk.", "The journal cannot be written to disk.",
            "Disk penuh atau rusak: hubungi teknisi.", "The disk is full or broken: call the technician.",
        ),
        Fault(
            "JRN-2", Severity.WARNING,
            "Catatan lama rusak dan disisihkan.", "The old journal was damaged and has been set aside.",
            "Hubungi teknisi.", "Call the technician.",
        ),
        Fault(
            "LYR-1", Severity.STOPS,
            "Layar panggilan berulang kali mati.", "The call screen keeps failing.",
            "Nyalakan ulang bilik; bila tetap, hubungi teknisi.", "Restart the booth; if it stays, call the technician.",
        ),
        Fault(
            "LYR-2", Severity.WARNING,
            "Layar sedang disiapkan kembali.", "The screen is being brought back.",
            "Tunggu sebentar.", "Wait a moment.",
        ),
        Fault(
            "KUN-1", Severity.WARNING,
            "Tombol papan ketik tidak terkunci penuh.", "Not all keyboard keys are locked.",
            "Hubungi teknisi.", "Call the technician.",
        ),
        Fault(
            "KUN-2", Severity.WARNING,
            "Penguncian komputer ini telah berubah.", "This PC's lock-down has changed.",
            "Hubungi teknisi: `sudo bilik-install verify` menyebutkan apa yang berubah.",
            "Call the technician: `sudo bilik-install verify` says what has changed.",
        ),
        Fault(
            "TEK-1", Severity.WARNING,
            "Seseorang salah memasukkan PIN teknisi di bilik ini.", "Somebody typed a wrong technician's PIN at this booth.",
            "Lihat siapa yang ada di bilik.", "See who is at the booth.",
        ),
        Fault(
            "VER-1", Severity.NOTICE,
            "Versi baru tidak dapat dipasang.", "A new version could not be installed.",
            "Bilik tetap bekerja dengan versi lama. Hubungi pengelola server.",
            "The booth goes on with the old version. Call whoever runs the server.",
        ),
        Fault(
            "TKN-1", Severity.STOPS,
            "Bilik ini perlu didaftarkan ulang.", "This booth must be enrolled again.",
            "Minta teknisi mendaftarkan ulang.", "Ask the technician to enrol it again.",
        ),
        Fault(
            "LAP-1", Severity.WARNING,
            "Sebagian laporan bilik ini tidak dapat dibaca server.", "The server could not read a report of this booth.",
            "Laporan itu disimpan. Hubungi pengelola server.", "The report is kept. Call whoever runs the server.",
        ),
        Fault(
            "KLN-1", Severity.STOPS,
            "Dua komputer memakai pendaftaran yang sama.", "Two computers use the same enrolment.",
            "Periksa komputer mana yang asli, lalu setujui.", "Find out which one is real, then approve it.",
        ),
    )
}  # fmt: skip
