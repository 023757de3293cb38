"""One real visit, from the schedule to the auto-close, told as it happens: `make demo`."""
