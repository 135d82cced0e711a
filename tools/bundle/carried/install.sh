#!/bin/sh
# Installs Yadorigi from this folder, without a network. Finds a Python that the bundle serves and hands over to the
# installer, which explains itself. Arguments are handed on: sh install.sh --help
# PYTHON=/path/to/python3.12 sh install.sh takes that Python.
set -u
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1

fits() {
    "$1" -I -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] not in sys.argv[1].split())' "@PYTHONS@" 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    exec "$PYTHON" -I -B "$folder/installer" "$@"
fi
for version in @PYTHONS@; do
    if command -v "python$version" >/dev/null && fits "python$version"; then
        exec "python$version" -I -B "$folder/installer" "$@"
    fi
done
for name in python3 python; do
    if command -v "$name" >/dev/null && fits "$name"; then
        exec "$name" -I -B "$folder/installer" "$@"
    fi
done
echo "NOT INSTALLED: no Python of these versions was found: @PYTHONS@" >&2
echo "Install one from your distribution's packages, or name one: PYTHON=/path/to/python sh install.sh" >&2
exit 1
