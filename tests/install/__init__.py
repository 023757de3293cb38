"""A bare Debian becomes a booth in a container with its own systemd, is mistreated, and is given back: `make install-test`."""
