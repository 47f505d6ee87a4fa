# Each target does its whole set-up on a fresh machine: Python 3.11 or newer with venv is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RELEASE := .venv-release
# The lock holds these extras. The others need drivers of one system, and are nobody's to install unasked.
LOCKED := dev fit map ray window
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

PLAYER := alive_cli/web/player
NPM := PYTHON="$(PYTHON)" ./npm.sh
PLAYER_READY := $(PLAYER)/node_modules/.ready
PLAYER_BUILT := alive_cli/web/dist/page.js

# Without a network these give up soon.
HASTY := npm_config_fetch_retries=0 npm_config_fetch_timeout=20000 PIP_RETRIES=0 PIP_TIMEOUT=20

.PHONY: demo test test-fast lint format lock check-lock bench web wheel release clean

# The player for web pages is built too, for alive play --view browser, where npm and a network can be had.
demo: $(READY)
	[ -f $(PLAYER_BUILT) ] || $(HASTY) $(MAKE) --silent web >/dev/null 2>&1 || true
	$(BIN)/alive demo demo

test: $(READY)
	$(PYTEST)

# Without fits, browsers and whatever else takes long: under a minute on two cores.
test-fast: $(READY)
	$(PYTEST) -m "not fits and not browser and not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	if [ -f $(PLAYER_READY) ]; then cd $(PLAYER) && $(NPM) run --silent check; fi

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The player for web pages, with what it runs on; npm comes from the machine or from a Python package.
web: $(PLAYER_READY)
	cd $(PLAYER) && $(NPM) run --silent build

# A wheel that contains the web player, in dist/.
wheel: $(READY) web
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(BIN)/python .ci/check_wheel.py dist/*.whl

# The wheel and the source, with their metadata checked, and their checksums.
release: wheel
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet build twine
	$(RELEASE)/bin/python -m build --sdist --outdir dist . >/dev/null
	$(RELEASE)/bin/twine check --strict dist/*
	cd dist && sha256sum *.whl *.tar.gz > SHA256SUMS

bench: $(READY)
	$(BIN)/python tests/benchmarks/chain.py

lock:
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet uv
	$(RELEASE)/bin/uv pip compile --universal --python-version 3.11 $(addprefix --extra ,$(LOCKED)) \
		--generate-hashes --no-header --no-annotate --quiet pyproject.toml -o requirements.lock

# Whether the lock installs on every system and Python, by the resolver. Without a network nothing is checked.
check-lock:
	$(PYTHON) -m venv $(RELEASE)
	if PIP_RETRIES=0 timeout 60 $(RELEASE)/bin/python -m pip install --quiet uv; \
	then $(RELEASE)/bin/python .ci/check_lock.py $(LOCKED); \
	else echo "The resolver can't be fetched: requirements.lock is not checked."; fi

clean:
	rm -rf $(VENV) $(RELEASE) .venv-node demo dist alive_cli/web/dist $(PLAYER)/node_modules

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "alive needs Python 3.11 or newer; run make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(PLAYER_READY): $(PLAYER)/package-lock.json
	cd $(PLAYER) && $(NPM) ci --silent --ignore-scripts
	touch $@
