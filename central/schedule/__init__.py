"""Who talks when, where and for how long: pure, from facts about a day to a plan for it."""
