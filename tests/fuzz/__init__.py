"""Bad input for everything that reads: messages made from their types, spoilt in the ways that break readers."""
