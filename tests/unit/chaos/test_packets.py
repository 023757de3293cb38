"""The family's packets: which are sound, and how much talk they are."""

import socket
import struct

import pytest

from tests.chaos.packets import given_s, is_sound, unheard_s
from tests.chaos.sound import BoothSound, FamilySound, Packet, decode, open_socket, tag_of
from tests.stage.network import free_udp_port
from tests.stage.waiting import wait_for

BOOTH = socket.inet_aton("10.97.1.2")


def frame(payload: bytes, *, source: bytes = BOOTH, protocol: int = 17) -> bytes:
    ethernet = bytes(12) + b"\x08\x00"
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, protocol, 0, source, bytes(4))
    return ethernet + ip + bytes(8) + payload


def test_only_the_booths_sound_counts_as_sound() -> None:
    opus, video, stun = b"\x80\x6f" + bytes(20), b"\x80\x60" + bytes(20), b"\x00\x01" + bytes(20)
    assert is_sound(frame(opus), BOOTH)
    assert is_sound(frame(b"\x90\xef" + bytes(20)), BOOTH)
    assert is_sound(frame(Packet(1, 2).encode()), BOOTH)
    assert not is_sound(frame(video), BOOTH)
    assert not is_sound(frame(stun), BOOTH)
    assert not is_sound(frame(opus, source=socket.inet_aton("10.97.1.1")), BOOTH)
    assert not is_sound(frame(opus, protocol=6), BOOTH)
    assert not is_sound(b"short", BOOTH)


def test_short_pauses_count_as_talk_and_long_ones_do_not() -> None:
    moments = [1.0, 1.5, 2.9, 6.0, 6.5, 9.0]
    assert given_s(moments, 0.0, 20.0) == pytest.approx(2.4)
    assert given_s(moments, 1.2, 4.5) == pytest.approx(1.4)


def test_sound_to_less_than_a_pause_before_the_end_was_there_to_the_end() -> None:
    assert given_s([1.0, 2.0, 3.0], 0.0, 4.0) == pytest.approx(3.0)
    assert given_s([1.0, 2.0, 3.0], 0.0, 5.0) == pytest.approx(2.0)
    assert given_s([], 0.0, 10.0) == 0


def test_a_clock_that_runs_through_a_long_silence_is_found_and_one_that_was_set_back_is_not() -> None:
    moments = [10.0, 11.0, 15.0, 16.0]
    assert unheard_s(moments, 9.5, 17.0, to_the_end=False) == pytest.approx(4.0)
    assert unheard_s(moments, 14.0, 30.0, to_the_end=False) == 0
    assert unheard_s(moments, 14.0, 20.0, to_the_end=True) == pytest.approx(4.0)


def test_a_packet_is_read_as_it_was_written_and_nothing_else_is() -> None:
    assert decode(Packet(tag_of("c-1"), 7).encode()) == Packet(tag_of("c-1"), 7)
    assert decode(b"hello") is None


def test_both_ends_hear_each_other_in_the_same_call_only() -> None:
    ports = free_udp_port("127.0.0.1"), free_udp_port("127.0.0.1")
    family = FamilySound("127.0.0.1", ("127.0.0.1", ports[1]), ports[0])
    booth = BoothSound(open_socket("127.0.0.1", ports[1]), ("127.0.0.1", ports[0]))
    family.start()
    try:
        family.is_on = True
        family.take("c-1")
        wait_for(lambda: booth.turn("c-1") or booth.silent_ms(), within_s=5, what="both to be heard")
        assert family.moments
        booth.turn("c-2")
        assert booth.silent_ms() is None
    finally:
        family.stop()
        booth.close()
