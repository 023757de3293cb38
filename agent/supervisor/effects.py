"""Carries out what the core asks for."""

import logging
from collections.abc import Callable

from agent.core.booth import Booth
from agent.core.effects import (
    AnswerCommand,
    CloseCall,
    ConfirmExtension,
    Effect,
    FetchRelease,
    ForgetToken,
    JoinSignalling,
    LeaveSignalling,
    Notify,
    OpenSession,
    RaiseWindow,
    Reboot,
    Report,
    RestartAgent,
    RestartWindow,
    SetVolume,
    StartCall,
    TellFamily,
)
from agent.core.events import ExtensionStored
from agent.core.state import Visit
from agent.supervisor.central_line import CentralLine
from agent.supervisor.closing import CloseWatch
from agent.supervisor.grants import Grants
from agent.supervisor.leases import Leases
from agent.supervisor.loop import Make
from agent.supervisor.meeting import MeetingDesk
from agent.supervisor.outside import Outside
from agent.supervisor.tasks import Spawn
from agent.supervisor.technician import TechnicianDesk
from agent.supervisor.upgrading import UpgradeDesk
from agent.supervisor.waiting import wait_either
from protocol.call import IceServer, IceWanted
from protocol.page import FromSignalling, Volume
from protocol.page import StartCall as StartCallOnPage
from protocol.shell import Order, OrderKind

log = logging.getLogger(__name__)

ORDERS: dict[type[Effect], OrderKind] = {
    RestartWindow: OrderKind.RESTART_WINDOW,
    RaiseWindow: OrderKind.RAISE_WINDOW,
}
ICE_FRESH_S = 300.0
ICE_PATIENCE_S = 1.0


class Deeds:
    """Every effect has its deed here; each is safe to repeat."""

    def __init__(
        self,
        *,
        outside: Outside,
        booth: Callable[[], Booth],
        feed: Callable[[Make], None],
        line: CentralLine,
        close_watch: CloseWatch,
        meeting: MeetingDesk,
        leases: Leases,
        grants: Grants,
        technician: TechnicianDesk,
        upgrade: UpgradeDesk,
        spawn: Spawn,
        restart: Callable[[], None],
    ) -> None:
        self._outside = outside
        self._booth = booth
        self._feed = feed
        self._line = line
        self._close_watch = close_watch
        self._meeting = meeting
        self._leases = leases
        self._grants = grants
        self._technician = technician
        self._upgrade = upgrade
        self._spawn = spawn
        self._restart = restart

    def do(self, effect: Effect) -> None:
        """Carry it out, or begin to."""
        log.debug("effect", extra={"kind": type(effect).__name__})
        match effect:
            case CloseCall(call_id=call_id):
                self._close(call_id)
            case StartCall(call_id=call_id):
                self._start(call_id)
            case OpenSession():
                self._grants.ask(self._line.central, effect)
            case JoinSignalling():
                self._line.join(effect, self._spawn)
            case LeaveSignalling():
                self._line.leave(effect)
            case ForgetToken():
                self._line.forget()
            case Report() | AnswerCommand():
                pass  # in the journal already
            case _:
                self._do_small(effect)

    def _do_small(self, effect: Effect) -> None:
        match effect:
            case Notify(notice=notice):
                log.info("notice", extra={"kind": notice.kind, "value": notice.value})
                self._outside.page.send(notice)
            case TellFamily(said=said):
                self._line.say(self._session_id(), said)
            case ConfirmExtension(command_id=command_id):
                self._feed(lambda now: ExtensionStored(now=now, command_id=command_id))
            case SetVolume(percent=percent):
                self._outside.page.send(Volume(percent=percent))
                self._meeting.volume(percent)
            case RestartWindow() | RaiseWindow():
                self._outside.shell.send(Order(kind=ORDERS[type(effect)]))
            case RestartAgent():
                self._restart()
            case Reboot():
                self._spawn(self._outside.services.reboot())
            case _:
                self._do_rare(effect)

    def _do_rare(self, effect: Effect) -> None:
        if isinstance(effect, FetchRelease):
            self._upgrade.begin(effect.version, effect.sha256)
        else:
            self._technician.do(effect)

    def _session_id(self) -> str | None:
        visit = self._booth().visit
        return None if visit is None else visit.session_id

    # ---- the call ----

    def _close(self, call_id: str | None) -> None:
        booth = self._booth()
        over_at_s = booth.pending[-1].ended_s if booth.pending else None
        if booth.visit is not None and booth.visit.is_meeting:
            self._meeting.close(call_id, over_at_s)
        else:
            self._close_watch.begin(call_id, over_at_s)

    def _start(self, call_id: str) -> None:
        visit = self._booth().visit
        if visit is None or visit.grant is None or visit.call_id != call_id:
            return
        if visit.is_meeting:
            self._meeting.start(visit, self._booth().volume_percent)
            self._leases.renew()
            return
        line = self._line.line(visit.session_id)
        now_s = self._outside.clock.now().boot_s
        if line is not None and line.servers is not None and now_s - line.servers_boot_s < ICE_FRESH_S:
            self._start_with(visit, line.servers)
        elif self._grants.age_s(visit.session_id) < ICE_FRESH_S:
            self._start_with(visit, visit.grant.ice_servers)
        else:
            self._spawn(self._start_afresh(visit, call_id))

    async def _start_afresh(self, visit: Visit, call_id: str) -> None:
        """Ask for fresh TURN credentials, but let the call begin with old ones rather than wait long."""
        servers = visit.grant.ice_servers if visit.grant is not None else ()
        line, clock = self._line.line(visit.session_id), self._outside.clock
        if line is not None:
            line.servers_came.clear()
            line.say(IceWanted())
            await wait_either(clock, clock.now().boot_s + ICE_PATIENCE_S, line.servers_came)
            servers = line.servers or servers
        now_visit = self._booth().visit
        if now_visit is not None and now_visit.call_id == call_id:
            self._start_with(now_visit, servers)

    def _start_with(self, visit: Visit, servers: tuple[IceServer, ...]) -> None:
        if visit.grant is None or visit.call_id is None:
            return
        log.info("call_started", extra={"call_id": visit.call_id, "servers": len(servers)})
        self._technician.used_relays(url for server in servers for url in server.urls)
        start = StartCallOnPage(call_id=visit.call_id, servers=servers, policy=visit.grant.ice_policy)
        self._outside.page.send(start)
        line = self._line.line(visit.session_id)
        if line is not None and line.listened is not None:
            self._outside.page.send(FromSignalling(message=line.listened))
        self._leases.renew()
