"""Where things are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("SIGNET_BINARY", ROOT / ".build/release/signet"))
