"""bilik-window: the pywebview window that shows the booth's pages; anything may happen to it."""
