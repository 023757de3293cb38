"""How long the tests are: shortened in `make test`, whole in `make test-long` (marker `shortened`, environment BILIK_LONG)."""

import os

IS_LONG = bool(os.environ.get("BILIK_LONG"))
