"""Windows code under Wine: a smoke test, not a proof."""
