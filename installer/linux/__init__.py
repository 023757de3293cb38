"""How a Linux PC becomes a locked booth: the kinds of change, the plan of them, and the machine itself."""
