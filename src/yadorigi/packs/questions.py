"""The questions of authorities that ship with the program: reads content, gives structs."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.question import Questionnaire

QUESTIONNAIRES: Final = ("jpcert", "aa24-038a", "lotl-guide")
"""Documents whose questions ship, as ``--for`` takes them."""


@lru_cache(maxsize=len(QUESTIONNAIRES))
def load_questions(name: str) -> Questionnaire:
    """Return the questions of a document, one of `QUESTIONNAIRES`.

    Raises:
        ContentError: the content is not of the form, or there is none of that name.
    """
    if name not in QUESTIONNAIRES:
        raise ContentError(f"no questions named {name}")
    path = files("yadorigi") / "content" / "questions" / f"{name}.toml"
    try:
        found = msgspec.convert(rtoml.loads(path.read_text("utf-8")), Questionnaire)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ContentError(f"{path}: {error}") from error
    ids = [question.id for question in found.questions]
    if found.id != name or len(set(ids)) != len(ids):
        raise ContentError(f"{path}: is about {found.id}, or has two questions of one id")
    return found
