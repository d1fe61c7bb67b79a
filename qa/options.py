"""Add the options that name models to a command, and read them. Knows no other option; loads the standard library."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from index.language import text

if TYPE_CHECKING:
    from qa.answering import Settings


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add --rerank, --reader, --fast, --llm and --llm-model."""
    parser.add_argument("--rerank", default="", metavar="MODEL", help=text("app.rerank"))
    parser.add_argument("--reader", default="", metavar="MODEL", help=text("app.reader"))
    parser.add_argument("--fast", action="store_true", help=text("app.fast"))
    parser.add_argument("--llm", default="", metavar="URL", help=text("app.llm"))
    parser.add_argument("--llm-model", default="", metavar="NAME", help=text("app.llm_model"))


def model_settings(options: argparse.Namespace) -> Settings:
    """Return what the options name."""
    from qa.answering import Settings

    return Settings(options.reader, options.llm, options.llm_model, options.rerank, options.fast)
