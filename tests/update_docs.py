"""python -m tests.update_docs: write the real output into every console block, and the modules into the drawn tree.

Knows how blocks and the tree are written in README and docs/. Does not know what the commands do.
"""

import ast
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSOLE = re.compile(r"```console\n\$ ([^\n]*)\n(.*?)```", re.DOTALL)
TREE = re.compile(r"```tree\n(.*?)```", re.DOTALL)
_OPEN = ("index", "qa", "web", "zhiwen")  # folders drawn module by module


def documents() -> list[Path]:
    """Every page of prose a reader meets: the READMEs and docs/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def drawn(text: str) -> dict[str, str]:
    """Each path of the tree block in `text`, with what is said of it."""
    block = TREE.search(text)
    assert block, "there is no ```tree block"
    paths: dict[str, str] = {}
    folders: list[str] = []
    for line in block[1].splitlines():
        name, _, words = line.strip().partition("  ")
        folders = folders[: (len(line) - len(line.lstrip())) // 2]
        paths["".join(folders) + name] = words
        if name.endswith("/"):
            folders.append(name)
    return paths


def tracked() -> list[str]:
    """Every file that git keeps."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True)
    return listed.stdout.splitlines()


def _tree(text: str) -> str:
    """The tree block as the files are: words kept, a new module described by the first line of its docstring."""
    words = drawn(text)
    lines = []
    seen = set()
    for path in sorted(tracked(), key=lambda path: ("/" in path, path)):
        if path.startswith("."):
            continue
        parts = path.split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[: depth + 1]) + ("/" if depth + 1 < len(parts) else "")
            if folder not in seen:
                seen.add(folder)
                name = parts[depth] + ("/" if folder.endswith("/") else "")
                about = words.get(folder) or (_about(ROOT / folder) if folder.endswith(".py") else "")
                lines.append("  " * depth + f"{name}  {about}".rstrip())
            if folder.endswith(("/assets/", "/messages/")) or (depth == 0 and "/" in path and parts[0] not in _OPEN):
                break  # a folder that stands for all of its files
    return "```tree\n" + "\n".join(lines) + "\n```"


def _about(module: Path) -> str:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n")[0].rstrip(".")


def main() -> None:
    """Rewrite the blocks in place."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"ZHIWEN_STORE": f"{folder}/store", "ZHIWEN_LANG": "zh"}
        environment.pop("COLUMNS", None)
        subprocess.run([sys.executable, "-m", "index.reindex"], cwd=ROOT, env=environment, check=True)

        def rerun(block: re.Match[str]) -> str:
            words = shlex.split(block[1])
            run = subprocess.run(
                [sys.executable, *words[1:]], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
            )
            return f"```console\n$ {block[1]}\n{run.stdout.rstrip()}\n```"

        for path in documents():
            before = path.read_text(encoding="utf-8")
            after = CONSOLE.sub(rerun, before)
            if TREE.search(after):
                tree = _tree(after)
                after = TREE.sub(lambda block: tree, after)  # noqa: B023
            if after != before:
                path.write_text(after, encoding="utf-8")
                print(path.relative_to(ROOT))  # noqa: T201


if __name__ == "__main__":
    main()
