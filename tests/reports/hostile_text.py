"""Text as an intruder may write it into a log: it tries to act on whatever shows it."""

from __future__ import annotations

HARM = "harmed"
"""The id that the page's root would have if any of it ran."""

_ACT = f"document.documentElement.id=`{HARM}`"
HOSTILE = (
    f'</title></style></script><script>{_ACT}</script><img src=x onerror={_ACT}>" onmouseover="{_ACT}" autofocus '
    f'onfocus="{_ACT}" \'><svg onload={_ACT}>{{{{7*7}}}}{{% raw %}}{{0}}\x1b[2J\u202etxt\u200b\ud800\x00&lt;'
)
"""Markup, events, code of templates, an escape sequence, a bidirectional override, a lone surrogate, a NUL."""
