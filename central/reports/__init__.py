"""Reports, pure: what was read in, the figures of a period out; no words, no I/O."""
