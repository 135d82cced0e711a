"""The error of everything that reads indicators."""

from __future__ import annotations

from yadorigi.errors import YadorigiError


class FormError(YadorigiError):
    """A value is not of its type, or cannot be honoured; the text says why in a few words."""
