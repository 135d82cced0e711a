"""No file and no function grows past what one reading can hold."""

from __future__ import annotations

from tests.contract.modules import MODULES

MODULE_LINES = 500
FUNCTION_LINES = 60


def test_no_module_is_too_long() -> None:
    lengths = {module.place: len(module.text.splitlines()) for module in MODULES}
    too_long = {place: length for place, length in lengths.items() if length > MODULE_LINES}
    assert not too_long, f"over {MODULE_LINES} lines, split along what the parts are about: {too_long}"


def test_no_function_is_too_long() -> None:
    too_long = {
        f"{module.place}:{line} {name}": length
        for module in MODULES
        for line, name, length in module.parts.functions
        if length > FUNCTION_LINES
    }
    assert not too_long, f"over {FUNCTION_LINES} lines: {too_long}"
