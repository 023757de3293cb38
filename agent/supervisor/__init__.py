"""The one that acts: takes up what happens, lets the core decide, remembers it and carries it out."""
