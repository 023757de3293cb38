"""The running means of what the web engine measures in a call."""

from dataclasses import dataclass, field

from protocol.outcome import CallQuality
from protocol.page import QualityFacts


@dataclass
class Mean:
    """The mean of what was there; None while nothing was."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float | None) -> None:
        """Count one sample; a missing value counts as no sample."""
        if value is not None:
            self.total += value
            self.count += 1

    def value(self) -> float | None:
        """Rounded to what can be meant."""
        return round(self.total / self.count, 4) if self.count else None


@dataclass
class QualityMeans:
    """Of one visit; a new peer connection within it goes on counting."""

    session_id: str | None = None
    samples: int = 0
    round_trip_ms: Mean = field(default_factory=Mean)
    audio_loss: Mean = field(default_factory=Mean)
    video_kbit_s: Mean = field(default_factory=Mean)
    relayed: bool | None = None
    frames_of_call: dict[str, int] = field(default_factory=dict)

    def add(self, facts: QualityFacts) -> CallQuality:
        """Take one sample in; the frames are a counter that starts anew with each peer connection."""
        self.samples += 1
        self.round_trip_ms.add(facts.round_trip_ms)
        self.audio_loss.add(None if facts.audio_loss is None else min(1.0, max(0.0, facts.audio_loss)))
        self.video_kbit_s.add(facts.video_kbit_s)
        self.relayed = facts.relayed if facts.relayed is not None else self.relayed
        self.frames_of_call[facts.call_id] = max(facts.frames_received, self.frames_of_call.get(facts.call_id, 0))
        return CallQuality(
            samples=self.samples,
            round_trip_ms=self.round_trip_ms.value(),
            audio_loss=self.audio_loss.value(),
            video_kbit_s=self.video_kbit_s.value(),
            frames_received=sum(self.frames_of_call.values()),
            relayed=self.relayed,
        )
