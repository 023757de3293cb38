"""bilik-shell: the kiosk account's shell, with the curtain and the keeper of the window; no rules of its own, no web engine."""
