"""Search and ask your own Chinese articles, offline.

    import zhiwen

    zhiwen.index("我的文章/", store="store")
    with zhiwen.open("store") as library:
        answer = library.ask("拓源产值")
        print(answer.text, answer.sentence, answer.confidence)

Knows the public names and where each is defined. Does not load a module before one of its names is used: `import
zhiwen` loads the standard library only.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.errors import UnreadableFile, UserError, ZhiwenError
    from zhiwen.library import Library, index, open  # noqa: A004  named after the built-in on purpose
    from zhiwen.records import Answer, Article, ArticleRef, Citation, Computed, Hit, Item, Missing, Report, Unreadable

__version__ = "0.1.0"  # pyproject.toml reads it from here

__all__ = [
    "Answer",
    "Article",
    "ArticleRef",
    "Citation",
    "Computed",
    "Hit",
    "Item",
    "Library",
    "Missing",
    "Report",
    "Unreadable",
    "UnreadableFile",
    "UserError",
    "ZhiwenError",
    "__version__",
    "index",
    "open",
]

_DEFINED_IN = {
    **dict.fromkeys(("ZhiwenError", "UserError", "UnreadableFile"), "index.errors"),
    **dict.fromkeys(("Library", "index", "open"), "zhiwen.library"),
    **dict.fromkeys(
        ("Answer", "Article", "ArticleRef", "Citation", "Computed", "Hit", "Item", "Missing", "Report", "Unreadable"),
        "zhiwen.records",
    ),
}

if not TYPE_CHECKING:

    def __getattr__(name):
        """Load the module that defines a public name when the name is first used."""
        if name not in _DEFINED_IN:
            raise AttributeError(f"module 'zhiwen' has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_DEFINED_IN[name]), name)
        return value

    def __dir__():
        return sorted(__all__)
