"""The house itself: who imports whom, what starts fast, where a thing is found, and that the drawn tree is the tree."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_TOPS = ("zhiwen", "index", "qa", "web", "training", "benchmarks")
_MAY_IMPORT = {
    "index": {"index"},
    "qa": {"index", "qa"},
    "web": {"index", "qa", "web"},
    "app": {"index", "qa", "web", "zhiwen"},
    "zhiwen": {"zhiwen", "index", "qa"},
    "training": {"index", "qa", "training"},
    "benchmarks": {"index", "qa", "benchmarks", "zhiwen"},
}
# The console command starts every other program, also the page.
_EXTRA = {"zhiwen/cli.py": {"web", "app"}, "zhiwen/__main__.py": {"web", "app"}}
# The drawers of index/ in the order of the flow. A module imports from its own drawer or from earlier ones.
_DRAWERS = (
    {
        "index.language",
        "index.records",
        "index.errors",
        "index.progress",
        "index.messages",
        "index.options",
        "index.runtime",
    },
    {"index.text"},
    {"index.reading"},
    {"index.embedding"},
    {"index.store"},
    {"index.milvus"},
    {
        "index.stores",
        "index.places",
        "index.indexing",
        "index.backfill",
        "index.intake",
        "index.updating",
        "index.watching",
        "index.examining",
    },
    {"index.reindex", "index.doctor"},
)
_WRITERS = {
    *("index.store.writer", "index.store.folder_writer", "index.milvus.writer", "index.indexing", "index.intake"),
    *("index.updating", "index.watching", "index.reindex"),
    *("index.store.encoded", "index.milvus.encoded", "index.backfill"),
}
# With no store yet, `qa.ask` indexes the sample corpus and `qa.evaluate` a temporary store.
_MAY_START_INDEXING = {"qa/answering.py", "qa/evaluate.py"}
_TABLES = ("index/messages/", "web/labels.py", "qa/phrases.py")  # sentences, one after the other


def _name(path: Path) -> str:
    """The path of a file below the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def _sources(*tops: str) -> list[Path]:
    """Every module of these packages, whatever the depth; without names, of all packages, and app.py."""
    modules = [path for top in tops or _TOPS for path in (ROOT / top).glob("**/*.py")]
    return sorted(modules if tops else [*modules, ROOT / "app.py"])


def _module(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


_MODULES = {_module(path) for path in _sources()}


def _imports(path: Path) -> set[str]:
    """The dotted names of the project's modules, and the top names of others, that a file imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in _MODULES else str(node.module))
    return names


_ids = pytest.mark.parametrize("path", _sources(), ids=_name)


@_ids
def test_imports_never_turn_round(path):
    allowed = _MAY_IMPORT[_module(path).split(".")[0]] | _EXTRA.get(_name(path), set())
    for module in _imports(path):
        top = module.split(".")[0]
        if top in {*_MAY_IMPORT, "tests"}:
            assert top in allowed, f"{_name(path)} imports {module}"


def _drawer(module: str) -> int:
    """The place of a module's drawer in the order."""
    for place, drawer in enumerate(_DRAWERS):
        if module in drawer or module.rpartition(".")[0] in drawer:
            return place
    raise AssertionError(f"{module} lies in no drawer: name it in tests/test_house.py")


def test_a_drawer_imports_only_from_itself_and_earlier_ones():
    for path in _sources("index"):
        own = _module(path)
        for module in _imports(path):
            if module.startswith("index.") and own != "index":
                assert _drawer(module) <= _drawer(own), f"{_name(path)} imports {module}"


def _circle(module: str, graph: dict[str, set[str]], above: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    """The modules of a circle of imports that is reached from a module; () if there is none."""
    if module in above:
        return (*above[above.index(module) :], module)
    if module not in done:
        for imported in sorted(graph.get(module, ())):
            if circle := _circle(imported, graph, (*above, module), done):
                return circle
        done.add(module)
    return ()


def test_no_imports_go_in_a_circle():
    graph = {_module(path): _imports(path) & _MODULES for path in _sources("index", "qa", "web")}
    done: set[str] = set()
    for module in sorted(graph):
        circle = _circle(module, graph, (), done)
        assert not circle, " → ".join(circle)


def test_the_read_side_never_writes_a_store():
    for path in _sources("qa"):
        if _name(path) not in _MAY_START_INDEXING:
            assert not _imports(path) & _WRITERS, f"{_name(path)} imports {_imports(path) & _WRITERS}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.match(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP)\s", node.value), _name(path)
            if isinstance(node, ast.keyword) and node.arg == "write":
                assert isinstance(node.value, ast.Constant), _name(path)
                assert node.value.value is False, f"{_name(path)} opens a database for writing"


@pytest.mark.parametrize("package", ["index", "qa", "web"])
def test_packages_import_nothing_themselves(package):
    for path in (ROOT / package).glob("**/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert all(isinstance(node, ast.Expr) for node in body), _name(path)


@_ids
def test_modules_are_small_and_say_what_they_know(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= (900 if _name(path).startswith(_TABLES) else 450)
    if text and path.name != "__init__.py" and path.parent != ROOT:
        docstring = ast.get_docstring(ast.parse(text)) or ""
        assert re.search(r"\b[Kk]nows?\b", docstring), f"{_name(path)} does not say what it knows"


@pytest.mark.parametrize(
    ("looked_for", "path", "names"),
    [
        ("boilerplate removal", "index/text/boilerplate.py", {"find_boilerplate"}),
        ("near-duplicates", "index/text/duplicates.py", {"are_near_duplicates"}),
        ("database", "index/store/database.py", {"connect"}),
        ("PDF", "index/reading/pdf.py", {"read_pdf"}),
        ("BM25 terms", "index/store/terms.py", {"TermIndex"}),
        ("public API", "zhiwen/__init__.py", {"open", "Library"}),
    ],
)
def test_a_newcomer_finds(looked_for, path, names):
    source = ROOT / path
    tree = ast.parse(source.read_text(encoding="utf-8"))
    held = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    if path == "zhiwen/__init__.py":  # loaded only when they are used
        import zhiwen

        held |= set(zhiwen.__all__)
        for name in names:
            assert getattr(zhiwen, name)
    assert names <= held, f"{looked_for}: {path} does not hold {names - held}"


def test_the_wheel_holds_every_package():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = {_module(path) for path in _sources("zhiwen", "index", "qa", "web") if path.name == "__init__.py"}
    assert set(settings["packages"]) == packages | {"zhiwen.sample"}  # corpus/, which is data


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
    assert not loaded & {
        "torch",
        "transformers",
        "sentence_transformers",
        "gradio",
        "pandas",
        "scipy",
        "sklearn",
        "pypinyin",
        "requests",
        "httpx",
    }


def _trees() -> list[str]:
    """The blocks that draw the tree, in the README or in a page of docs/."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [block for page in pages for block in re.findall(r"```tree\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]


def _drawn(block: str) -> list[str]:
    """The paths drawn in a tree."""
    paths: list[str] = []
    folders: list[str] = []
    for line in block.splitlines():
        name = line.split("  ")[0] if not line.startswith(" ") else line.strip().split("  ")[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders = folders[:depth]
        paths.append("".join(folders) + name)
        if name.endswith("/"):
            folders.append(name)
    return paths


def test_the_drawn_tree_is_the_tree():
    (block,) = _trees()
    drawn = _drawn(block)
    assert len(drawn) == len(set(drawn))
    for path in drawn:
        assert (ROOT / path).exists(), f"the tree draws {path}, which is not there"
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.splitlines()
    # A folder drawn without its contents stands for all of them.
    folders = [path for path in drawn if path.endswith("/")]
    closed = tuple(folder for folder in folders if not any(p != folder and p.startswith(folder) for p in drawn))
    for path in listed:
        assert path in drawn or path.startswith((*closed, ".")), f"the tree does not draw {path}"


def test_the_numbers_of_decisions_are_unique_and_ascend_under_each_heading():
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    sections = [
        [int(number) for number in re.findall(r"^- \*\*(\d+)\*\*", section, re.MULTILINE)]
        for section in re.split(r"^## ", text, flags=re.MULTILINE)
    ]
    numbers = [number for section in sections for number in section]
    assert len(numbers) == len(set(numbers)) > 100
    assert [section for section in sections if section != sorted(section)] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_headings_stand_apart(page):
    without_code = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    lines = ["", *without_code.split("\n"), ""]
    crowded = [
        lines[at]
        for at in range(1, len(lines) - 1)
        if lines[at].startswith("##") and (lines[at - 1].strip() or lines[at + 1].strip())
    ]
    assert crowded == []
