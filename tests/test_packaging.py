"""What is installed: every package and asset is named in pyproject.toml, and the metadata say what is true."""

import re
import tomllib
from pathlib import Path

import zhiwen

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS, PROJECT = PYPROJECT["tool"]["setuptools"], PYPROJECT["project"]


def _name(requirement):
    return re.split(r"[<>=!~\[ ]", requirement)[0]


def test_every_package_is_installed():
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("index", "qa", "web", "zhiwen")
        for path in ROOT.glob(f"{top}/**/__init__.py")
    }
    assert set(SETUPTOOLS["packages"]) == folders | {"zhiwen.sample"}
    assert SETUPTOOLS["package-dir"] == {"zhiwen.sample": "corpus"}


def test_every_asset_is_installed():
    for package, patterns in SETUPTOOLS["package-data"].items():
        base = ROOT / SETUPTOOLS["package-dir"].get(package, package.replace(".", "/"))
        named = {path for pattern in patterns for path in base.glob(pattern) if path.is_file()}
        data = {path for path in base.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
        assert data <= named, f"{package}: {data - named}"


def test_the_version_has_one_source():
    assert "version" in PROJECT["dynamic"]
    assert SETUPTOOLS["dynamic"]["version"] == {"attr": "zhiwen.__version__"}
    assert f"## [{zhiwen.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_licences_are_there():
    assert all((ROOT / name).is_file() for name in PROJECT["license-files"])
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_constraints_name_every_dependency_with_one_version():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pinned)
    extras = PROJECT["optional-dependencies"]
    wanted = {_name(each) for each in PROJECT["dependencies"] + extras["test"] + extras["ocr"]}
    assert {line.split("==")[0] for line in pinned} == wanted
