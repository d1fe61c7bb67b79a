"""The console command zhiwen: one name for every command.

Knows which module runs which subcommand. Does not know their options, and loads a subcommand's module only to run it.
"""

from __future__ import annotations

import sys

try:
    import gc
    from collections.abc import Sequence
    from importlib import import_module

    from index.errors import UserError, print_error, run, stopped
    from index.language import commands_named, text
    from index.records import escape_controls
    from zhiwen import __version__
except KeyboardInterrupt:  # Ctrl-C before there is a main() to catch it
    from index.errors import stopped

    sys.exit(stopped())

_MODULES = {
    "ask": "qa.ask",
    "index": "index.reindex",
    "doctor": "index.doctor",
    "evaluate": "qa.evaluate",
    "serve": "app",
    "figures": "",  # "": in a later version
    "mcp": "",
}
# How sentences name the commands → how whoever runs `zhiwen` does.
_NAMES = {
    "python app.py" if module == "app" else f"python -m {module}": f"zhiwen {command}"
    for command, module in _MODULES.items()
    if module
}


def _help() -> str:
    commands = "\n".join(f"  {name:<10}{text(f'cli.{name}')}" for name in _MODULES)
    return "\n\n".join(
        (text("cli.usage"), text("cli.description"), f"{text('cli.commands')}\n{commands}", text("cli.more"))
    )


def _say(words: str) -> int:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()  # a full disk must be met here, not at exit
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `zhiwen SUBCOMMAND …` and return its exit code: 2 for a subcommand that does not exist."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command, *rest = words or [""]
    if command in ("-h", "--help", "--version"):
        return run(lambda: _say(f"zhiwen {__version__}" if command == "--version" else _help()))
    if not _MODULES.get(command):
        key = "later" if command in _MODULES else "unknown_command" if command else "no_command"
        print_error(UserError(f"cli.{key}", command=escape_controls(command)))
        return 2
    if command == "ask" and arguments is None:
        gc.disable()  # while modules load, as in qa.ask, which turns it on again before the first question
    with commands_named(_NAMES):
        return run(lambda: int(import_module(_MODULES[command]).main(rest, prog=f"zhiwen {command}")))  # also imports


if __name__ == "__main__":
    sys.exit(main())
