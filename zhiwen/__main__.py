"""Run the console command zhiwen as `python -m zhiwen`.

Knows that `python -m` puts the current folder first on the path, from which Python would import a user's own index.py
or app.py instead of ours.
"""

from __future__ import annotations

import sys

try:
    from pathlib import Path

    if sys.path and not sys.flags.safe_path:
        _first = Path(sys.path[0] or ".").resolve()
        if _first == Path.cwd() and _first != Path(__file__).resolve().parents[1]:
            del sys.path[0]

    from zhiwen.cli import main
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

if __name__ == "__main__":
    sys.exit(main())
