"""The staff's side of central: words, pages, logins and what officers can do."""
