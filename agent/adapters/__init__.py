"""One outside thing each, behind a port of agent.ports; no adapter imports another."""
