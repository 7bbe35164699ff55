# Two commands matter: `make demo` and `make test`. Everything is installed into $(VENV).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Extras to install beside the default: `make test EXTRAS=postgres`
EXTRAS ?=
comma := ,
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: demo test check install serve clean

demo: $(VENV)/.installed ## score every shipped fixture, print the tables, then serve (ARGS=--no-serve: stop)
	$(BIN)/qa-service demo $(ARGS)

test: $(VENV)/.installed-test ## run the tests
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.installed-test ## lint, types, floors
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(VENV)/.installed
	$(BIN)/qa-service serve $(ARGS)

install: $(VENV)/.installed

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable ".[test$(if $(EXTRAS),$(comma)$(EXTRAS))]"
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) qa_data build dist
