"""Which line this system has between the agent and bilik-shell, who may speak on it, and who started the agent."""

import sys

from agent.adapters.shell_link import ShellLink
from agent.config import Config
from agent.ports import ConfigWrong, ServiceManager


def shell_link(config: Config) -> ShellLink:
    """For [agent] shell_user alone, or the agent's own account where none is named; raises ConfigWrong."""
    if sys.platform == "win32":
        from agent.adapters.pipe_windows import PipeListener, own_sid, sid_of

        account = config.shell_user
        sid = sid_of(account) if account else own_sid()
        if sid is None:
            raise _no_such_account(account)
        return ShellLink(config.shell_socket, listener=PipeListener(str(config.shell_socket), allowed=frozenset({sid})))
    else:  # noqa: RET505 - mypy takes each system's branch alone
        return ShellLink(config.shell_socket, allowed_uids=shell_uids(config.shell_user))


def service_manager() -> ServiceManager:
    """Who is told that we live: systemd, or the service's process on Windows."""
    if sys.platform == "win32":
        from agent.adapters.service_host import WindowsServiceHost

        return WindowsServiceHost()
    else:  # noqa: RET505 - as above
        from agent.adapters.service_manager import SystemdManager

        return SystemdManager()


def shell_uids(account: str) -> frozenset[int] | None:
    """Who may speak as bilik-shell; None: the agent's own account."""
    if not account or sys.platform == "win32":
        return None
    import pwd

    try:
        return frozenset({pwd.getpwnam(account).pw_uid})
    except KeyError:
        raise _no_such_account(account) from None


def _no_such_account(account: str) -> ConfigWrong:
    return ConfigWrong(f"agent.shell_user is {account!r}; allowed is the name of an account of this PC")
