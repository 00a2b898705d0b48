# Sourced by the commands in bin/: finds a Python that is new enough and runs `run_tool <module> <arguments…>` with it.
clone=$(cd "$(dirname "$0")/.." && pwd)

run_tool() {
    for python in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null 2>&1 && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            PYTHONPATH="$clone${PYTHONPATH:+:$PYTHONPATH}" exec "$python" -m "$@"
        fi
    done
    found=$(python3 --version 2>&1 || echo "no Python at all")
    echo "This needs Python 3.11 or newer; there is $found." >&2
    echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) or name it: PYTHON=/path/to/python3.12 $0" >&2
    exit 1
}
