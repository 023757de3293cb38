"""Signalling of calls: a room for each session, two ends in it."""
