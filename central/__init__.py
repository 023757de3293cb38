"""bilik-central: the server of terminals, sessions, staff and families."""
