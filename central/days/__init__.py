"""A facility's days on the server: facts out of the store into a plan, the plan into sessions, families' words."""
