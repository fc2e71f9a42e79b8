# Everything CI checks.
check: lint test

python := ".venv/bin/python"

lint:
    .venv/bin/ruff format --check .
    .venv/bin/ruff check .
    .venv/bin/mypy
    .venv/bin/lint-imports

format:
    .venv/bin/ruff format .
    .venv/bin/ruff check --fix .

test *ARGS:
    {{python}} -m pytest {{ARGS}}
