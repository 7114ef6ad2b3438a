# Two commands are enough: `make demo` to talk to an agent, `make test` to check everything. `make help` lists the rest.
# Steps that are done are skipped by what they read, not by when it was written (tools/once.sh).

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
ONCE := sh tools/once.sh

# One compiler cache for make, maturin and clippy.
export PATH := $(BIN):$(PATH)
export VIRTUAL_ENV := $(VENV)
export CARGO_TARGET_DIR := $(CURDIR)/target
export PYO3_PYTHON := $(BIN)/python
export PYO3_BUILD_EXTENSION_MODULE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

CARGO := cargo
# What maturin itself sets: without it every change between maturin and plain cargo would compile PyO3 again.
LIKE_MATURIN = PYO3_ENVIRONMENT_SIGNATURE="$$($(BIN)/python -c 'import sys; print("cpython-%d.%d-64bit" % sys.version_info[:2])')" \
  PYO3_CONFIG_FILE="$$(ls -t $(CURDIR)/target/maturin/pyo3-config-*.txt | head -n 1)"
PIP := $(BIN)/python -m pip --quiet
PYTEST := $(BIN)/python -m pytest
# Tests side by side, in processes of their own: those in real time wait more than they compute. LANES=0 is one after another.
LANES ?= 2
IN_LANES = $(PYTEST) --numprocesses $(LANES) --dist worksteal
NPM := npm

##@ Everyday

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: ready ## Install what is missing, build, and take calls on 127.0.0.1:8080 (ANTIPHON_HTTP changes it)
	@exec $(BIN)/antiphon serve

.PHONY: test
test: step0-test dev peers lint rust client pytest-and-fuzz ## Install what is missing and run everything

.PHONY: check
check: dev lint client-types ## The quick part: formats, lints, types, layers

.PHONY: doctor
doctor: ready ## Say what is present, missing or slow on this machine
	@$(BIN)/antiphon doctor

##@ Parts of `make test`

.PHONY: lint
lint: lint-python lint-rust ## ruff, mypy --strict, import-linter, cargo fmt, clippy

.PHONY: lint-python
lint-python:
	@echo "── ruff, mypy --strict, import-linter"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: lint-rust
lint-rust:
	@echo "── cargo fmt, clippy"
	@$(CARGO) fmt --all --check
	@$(LIKE_MATURIN) $(CARGO) clippy --release --locked --workspace --all-targets --quiet -- -D warnings

.PHONY: rust
rust: ## The media core's own tests
	@echo "── cargo test"
	@$(CARGO) test --release --locked --workspace --exclude media-py --quiet

.PHONY: client
client: dev client-types ## The browser client's types and tests
	@echo "── the client's tests"
	@$(NPM) test --silent

.PHONY: client-types
client-types:
	@echo "── the client's types"
	@$(NPM) run check --silent

.PHONY: pytest
pytest: ## Every Python test, media in real time and the browser last; in two lanes, or in as many as LANES says
	@$(IN_LANES)

.PHONY: pytest-and-fuzz
pytest-and-fuzz: export ANTIPHON_FUZZ_SECONDS ?= 60
pytest-and-fuzz:
	@sh tools/fuzz_beside.sh $(IN_LANES) --durations 10

.PHONY: unit
unit: dev ## The Python tests without real time and without the browser
	@$(IN_LANES) -m "not realtime and not browser"

.PHONY: browser
browser: step0-test dev ## A call in headless Chromium
	@$(PYTEST) -m browser

.PHONY: fuzz
fuzz: export ANTIPHON_FUZZ_SECONDS ?= 600
fuzz: dev ## Fuzz everything a stranger can send, ten minutes a target (docs/reference/fuzzing.md)
	@$(CARGO) test --release --locked --package media --test fuzz --quiet
	@$(PYTEST) tests/fuzz

##@ Now and then

.PHONY: turn
turn: ## A TURN server on this machine, for trials; says which settings use it
	@sh tools/step0.sh turn
	@exec sh tools/turn.sh

.PHONY: format
format: dev ## Write the formats that `make check` asks for
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .
	@$(CARGO) fmt --all

.PHONY: golden
golden: dev ## Show what the conversation does otherwise than tests/golden has it, and accept that
	@$(BIN)/python -m tests.golden.accept

.PHONY: interop
interop: step0-test dev peers ## Run the rows of docs/reference/interop.md with every WebRTC stack, and write it anew
	@$(BIN)/python -m tests.interop.table

# What benchmarks/media.py measures beside ours, in an environment of its own; the run itself is
# `PYTHONPATH=src:. .venv/bin/python -m benchmarks.media`.
.PHONY: bench-peers
bench-peers: dev ## Install and build the systems that the media benchmark stands beside
	@[ -x target/peers/bin/python ] || $(PYTHON) -m venv target/peers
	@$(ONCE) bench-peers target/peers/bin/uvicorn requirements/peers.txt $(PYTHON_KEY) -- \
	  target/peers/bin/python -m pip --quiet install --require-hashes -r requirements/peers.txt
	@sh tools/pion.sh ./reflect target/peers/pion-reflect
	@$(CARGO) build --release --locked --quiet --package media --example reflect

.PHONY: docs
docs: dev ## Write the generated pages anew
	@$(BIN)/python tools/licences.py
	@$(BIN)/python tools/agent_reference.py

.PHONY: wheel
wheel: ready ## A wheel with everything in it, under dist/
	@$(BIN)/maturin build --release --locked --out dist

.PHONY: lock
lock: dev ## Write requirements/*.txt anew after a change in pyproject.toml
	@sh tools/lock.sh

.PHONY: clean
clean: ## Forget everything built and installed; data/ stays
	rm -rf .stamps .venv target node_modules clients/*/node_modules web/node_modules tests/interop/*/node_modules \
	  clients/*/dist web/dist dist src/antiphon/gateway/page src/antiphon/_media*.so .mypy_cache .ruff_cache .pytest_cache

# --- steps -----------------------------------------------------------------------------------------------------------

.PHONY: step0 step0-test
step0:
	@PYTHON="$(PYTHON)" sh tools/step0.sh demo
step0-test:
	@PYTHON="$(PYTHON)" sh tools/step0.sh test

# Everything `antiphon serve` needs.
.PHONY: ready
ready: step0 packages
	@$(MAKE) built

.PHONY: packages
packages: venv
	@$(ONCE) python-packages $(BIN)/maturin requirements/runtime.txt requirements/build.txt $(PYTHON_KEY) -- \
	  $(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt

# The same with what tests and checks need.
.PHONY: dev
dev: step0 venv
	@$(ONCE) python-packages-dev $(BIN)/pytest requirements/dev.txt $(PYTHON_KEY) -- \
	  $(PIP) install --require-hashes -r requirements/dev.txt
	@$(MAKE) built

# WebRTC stacks for the interop tests, as far as this machine can have them.
.PHONY: peers
peers:
	@sh tools/node.sh
	@$(ONCE) libdatachannel tests/interop/libdatachannel/node_modules tests/interop/libdatachannel/package-lock.json -- \
	  $(NPM) ci --no-progress --prefix tests/interop/libdatachannel
	@$(ONCE) pion target/interop/pion tests/interop/pion tools/pion.sh "=$$(go env GOVERSION 2>/dev/null || true)" -- sh tools/pion.sh

.PHONY: venv
venv:
	@[ -x $(BIN)/python ] || { echo "── python: making .venv"; $(PYTHON) -m venv $(VENV); }

# Packages belong to one interpreter.
PYTHON_KEY = "=$$($(BIN)/python -VV)"

.PHONY: built
built:
	@sh tools/node.sh
	@$(BIN)/python tools/assets.py
	@$(ONCE) media-core src/antiphon/_media.abi3.so Cargo.toml Cargo.lock crates $(PYTHON_KEY) -- \
	  $(BIN)/maturin develop --release --locked --skip-install
	@$(ONCE) antiphon $(BIN)/antiphon pyproject.toml $(PYTHON_KEY) -- \
	  $(PIP) install --no-deps --no-build-isolation --editable .
	@$(ONCE) node-packages node_modules package.json package-lock.json .npmrc $(wildcard */package.json clients/*/package.json) -- \
	  $(NPM) ci --no-progress
	@$(ONCE) page src/antiphon/gateway/page/index.html clients/js web protocol package-lock.json -- \
	  $(NPM) run build --silent
