"""Text as an intruder may write it into a log: it tries to act on whatever shows it."""

from __future__ import annotations

HOSTILE = (
    "</title></style></script><script>window.harmed=1</script><img src=x onerror='window.harmed=1'>"
    '" onmouseover="window.harmed=1" \'><svg onload=window.harmed=1>{{7*7}}{%raw%}\x1b[2J\u202etxt\u200b\ud800\x00&lt;'
)
"""Markup, events, template code, an escape sequence, a bidirectional override, a lone surrogate, a NUL."""
