"""What every ServiceManager and Health keeps: the fakes and the real ones on a PC without systemd."""

from pathlib import Path

import pytest

from agent.adapters.health import PsutilHealth
from agent.adapters.service_manager import SystemdManager
from agent.ports import Health, ServiceManager
from tests.fakes import FakeHealth, FakeServiceManager

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["fake", "systemd"])
def services(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceManager:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    return FakeServiceManager() if request.param == "fake" else SystemdManager(running_systemd=tmp_path / "absent")


@pytest.fixture(params=["fake", "psutil"])
def health(request: pytest.FixtureRequest) -> Health:
    return FakeHealth() if request.param == "fake" else PsutilHealth(boot_s=lambda: 1000.5)


async def test_every_word_may_be_said_at_any_time_and_twice(services: ServiceManager) -> None:
    for _ in range(2):
        services.ready()
        services.alive()
        services.stopping()
        await services.restart_kiosk()
        await services.reboot()


async def test_where_nobody_can_give_the_screen_away_that_is_said(services: ServiceManager) -> None:
    assert await services.hand_over() is False


async def test_health_is_in_whole_seconds_and_bytes(health: Health) -> None:
    assert health.uptime_s() == 1000
    assert health.rss_bytes() > 1_000_000
    assert isinstance(health.rss_bytes(), int)
    assert health.disk_free_bytes(Path(__file__).parent) > 1_000_000
    assert health.disk_free_bytes(Path(__file__) / "nowhere") == 0
