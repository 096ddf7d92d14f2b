"""Where the programs under test and the build output are; nothing else in the suite knows."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / os.environ.get("GATEHOUSE_BIN_DIR", ".build/debug")
GATEHOUSE = BINARIES / "gatehouse"
SIMULATOR = BINARIES / "okta-simulator"
SCREENSHOTS = ROOT / ".build" / "screenshots"
