"""The house itself: who imports whom, what starts fast, and that the README's tree is the tree."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_PACKAGES = ("index", "qa", "web", "training", "benchmarks", "app", "tests")
_MAY_IMPORT = {
    "index": {"index"},
    "qa": {"index", "qa"},
    "web": {"index", "qa", "web"},
    "app": {"index", "qa", "web"},
    "training": {"index", "qa", "training"},
    "benchmarks": {"index", "qa", "benchmarks"},
}
# Write side, in the order of the flow: a module imports only from its left.
_ORDER = (
    [
        "errors",
        "progress",
        "folding",
        "records",
        "decoding",
        "repairs",
        "frame",
        "cleaning",
        "stories",
        "archives",
        "documents",
        "feeds",
        "markup",
        "pages",
        "rows",
        "reading",
        "chunking",
        "hub",
        "embedding",
        "terms",
        "vectors",
        "address",
        "corpus",
        "truth",
        "overlap",
        "legs",
        "store",
        "writer",
        "doctor",
        "catalogue",
        *("shards", "bm25", "cluster", "generations", "frequencies", "milvus", "milvus_rows", "milvus_tables", "leases", "milvus_writer"),
        *("milvus_catalogue", "places", "indexing", "intake", "watching", "reindex"),
    ],
    [
        *("variants", "question", "followup", "wanted", "rerank", "named_reranker", "search", "sounds", "suggest", "reader", "named_reader"),
        *("dates", "spans", "evidence", "answer", "generate", "reply", "why_not", "words", "render", "ask", "damage", "evaluate"),
    ],
)


def _imports(path: Path) -> set[str]:
    """Every module a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _sources() -> list[Path]:
    return sorted([path for folder in ("index", "qa", "web", "training", "benchmarks") for path in ROOT.glob(f"{folder}/*.py")] + [ROOT / "app.py"])


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_never_turn_round(path):
    package = path.stem if path.parent == ROOT else path.parent.name
    for module in _imports(path):
        top = module.split(".")[0]
        if top in _PACKAGES:
            assert top in _MAY_IMPORT[package], f"{path.name} imports {module}"


@pytest.mark.parametrize(("package", "order"), [("index", _ORDER[0]), ("qa", _ORDER[1])])
def test_modules_import_only_what_comes_before_them(package, order):
    assert sorted(order) == sorted(path.stem for path in (ROOT / package).glob("*.py") if path.stem != "__init__")
    for place, name in enumerate(order):
        own = {module.split(".")[1] for module in _imports(ROOT / package / f"{name}.py") if module.startswith(f"{package}.")}
        assert own <= set(order[:place]), f"{package}/{name}.py imports {own - set(order[:place])}"


@pytest.mark.parametrize("package", ["index", "qa", "web"])
def test_packages_import_nothing_themselves(package):
    assert (ROOT / package / "__init__.py").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_small_and_say_what_they_know(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 450
    if text and path.parent != ROOT:
        docstring = ast.get_docstring(ast.parse(text)) or ""
        assert re.search(r"\b[Kk]nows?\b", docstring), f"{path.name} does not say what it knows"


def _loaded(code: str, tmp_path: Path) -> set[str]:
    """The top-level modules loaded by a fresh interpreter that runs `code` in an empty folder."""
    program = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nbefore = set(sys.modules)\n{code}\n"
        "import json\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 0, run.stderr
    return {module.split(".")[0] for module in json.loads(run.stdout.splitlines()[-1])}


_HELP = (
    "import contextlib, io\nfrom {module} import main\n"
    "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main(['--help'])"
)


@pytest.mark.parametrize("module", ["index.reindex", "qa.ask", "qa.evaluate", "app"])
def test_help_loads_the_standard_library_only(module, tmp_path):
    loaded = _loaded(_HELP.format(module=module), tmp_path)
    assert loaded - set(sys.stdlib_module_names) <= {"index", "qa", "web", "app"}


def test_an_answer_loads_neither_torch_nor_a_page(sample_store, tmp_path):
    code = (
        "import contextlib, io\nfrom qa.ask import main\nwith contextlib.redirect_stdout(io.StringIO()):\n"
        f"    assert main(['拓源产值', '--store', {str(sample_store)!r}]) == 0"
    )
    loaded = _loaded(code, tmp_path)
    assert {"faiss", "tantivy", "tokenizers"} <= loaded
    assert not loaded & {"torch", "transformers", "sentence_transformers", "gradio", "pandas", "scipy", "sklearn", "pypinyin", "requests", "httpx"}


def _tree(readme: str) -> list[str]:
    """The paths drawn in the README's tree."""
    block = re.search(r"```tree\n(.*?)```", readme, re.DOTALL)
    assert block, "README.md has no ```tree block"
    paths, folders = [], []
    for line in block[1].splitlines():
        name = line.split("  ")[0] if not line.startswith(" ") else line.strip().split("  ")[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = folders[:depth]
        paths.append("".join(folders) + name)
        if name.endswith("/"):
            folders.append(name)
    return paths


def test_the_tree_in_the_readme_is_the_tree():
    drawn = _tree((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(drawn) == len(set(drawn))
    for path in drawn:
        assert (ROOT / path).exists(), f"the README draws {path}, which is not there"
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True).stdout.splitlines()
    for path in listed:
        # A folder drawn without its contents stands for all of them.
        open_folders = [folder for folder in drawn if folder.endswith("/") and any(p != folder and p.startswith(folder) for p in drawn)]
        closed = [folder for folder in drawn if folder.endswith("/") and folder not in open_folders]
        assert path in drawn or any(path.startswith(folder) for folder in closed) or path.startswith("."), f"the README does not draw {path}"
