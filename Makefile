# Two commands matter: `make demo` and `make test`. Everything is installed into $(VENV).
VENV ?= .venv
# Extras to install beside the default, with commas between: `make test EXTRAS=postgres`
EXTRAS ?=
PYTHON ?= $(or $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name)))),python3.11)
BIN := $(VENV)/bin
comma := ,
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --constraint constraints.txt
# A stamp is written when everything before it went well, so that an interrupted installation is taken up again.
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.installed-test$(if $(EXTRAS),-$(subst $(comma),-,$(EXTRAS)))

.PHONY: demo test check serve install clean
.NOTPARALLEL:

demo: $(INSTALLED) ## score every shipped fixture, print the tables, then serve (ARGS=--no-serve: stop)
	$(BIN)/qa-service demo $(ARGS)

# Files of tests are shared out to two processes. Those in a browser come by themselves: it keeps an event loop, which no other test may
# find. What failed there is tried once more, told of and against a fresh service, for a busy machine may let a step run out of time.
test: $(TESTED) ## run the tests (ARGS="tests/api -x": those, in one process)
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations 20 --ignore tests/web
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations 20 tests/web \
	|| { echo "once more, those that failed:"; $(BIN)/python -m pytest --last-failed --last-failed-no-failures none tests/web; }
endif

check: $(TESTED) ## lint, types, floors
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(INSTALLED)
	$(BIN)/qa-service serve $(ARGS)

install: $(INSTALLED)

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	|| { echo "Python 3.11, 3.12 or 3.13 is needed: install one, or name one as in 'make demo PYTHON=/opt/python3.11/bin/python3'" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt $(VENV)/.created
	@echo "installing into $(VENV): some minutes the first time"
	$(PIP) --editable .
	@touch $@

$(TESTED): pyproject.toml constraints.txt $(VENV)/.created
	@echo "installing into $(VENV), with what the tests need: some minutes the first time"
	$(if $(findstring openai-whisper,$(EXTRAS)),$(PIP) torch==2.13.0)
	$(PIP) --editable ".[test$(if $(EXTRAS),$(comma)$(EXTRAS))]"
	$(if $(findstring diarization,$(EXTRAS)),$(PIP) --no-deps resemblyzer==0.1.4)
	@touch $@ $(INSTALLED)

clean: ## remove what was installed and built; data stays
	rm -rf $(VENV) build dist
