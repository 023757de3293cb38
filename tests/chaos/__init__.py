"""Days on which everything breaks: real processes, seeded random faults, and what must hold seen from outside."""
