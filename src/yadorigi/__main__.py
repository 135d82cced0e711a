"""``python -m yadorigi`` is ``yadorigi``."""

from yadorigi.cli.main import run

if __name__ == "__main__":
    run()
