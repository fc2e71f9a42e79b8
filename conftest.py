"""Keep what tests and doctests build out of the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parent / ".pytest_cache" / "belink-home")
