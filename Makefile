# Bilik's commands. Each sets up what is missing and says what it does; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SYSTEM_STAMP := $(VENV)/.system
PYTHON_STAMP := $(VENV)/.python
NODE_STAMP := $(VENV)/.node
PACKAGE_STAMP := $(VENV)/.package
BOX_STAMP := $(VENV)/.box

.PHONY: help setup demo day package install-test wine-test test test-long check bench fleet chaos escape audit lock openapi fuzz clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(PYTHON_STAMP) $(SYSTEM_STAMP) $(NODE_STAMP) ## install what the other commands need

$(PYTHON_STAMP): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "installing Python 3.11 with venv from Debian"; $(SUDO) apt-get update -qq; $(SUDO) apt-get install -y --no-install-recommends python3.11 python3.11-venv >/dev/null; }
	@echo "installing the Python packages of requirements/dev.txt into $(VENV) (about 1 GB, once)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(SYSTEM_STAMP): requirements/system.txt | $(PYTHON_STAMP)
	@missing=$$(sed 's/#.*//' requirements/system.txt | xargs -n1 | while read -r p; do dpkg -s "$$p" >/dev/null 2>&1 || echo "$$p"; done); \
	  if [ -n "$$missing" ]; then echo "installing from Debian:" $$missing; $(SUDO) apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y --no-install-recommends $$missing >/dev/null; fi
	@touch $@

$(PACKAGE_STAMP): requirements/package.txt | $(SYSTEM_STAMP)
$(BOX_STAMP): requirements/install-host.txt | $(SYSTEM_STAMP)
$(PACKAGE_STAMP) $(BOX_STAMP):
	@missing=$$(sed 's/#.*//' $< | xargs -n1 | while read -r p; do dpkg -s "$$p" >/dev/null 2>&1 || echo "$$p"; done); \
	  if [ -n "$$missing" ]; then echo "installing from Debian:" $$missing; $(SUDO) apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y --no-install-recommends $$missing >/dev/null; fi
	@touch $@

$(NODE_STAMP): requirements/node/package-lock.json | $(PYTHON_STAMP)
	@echo "installing the type checker and the accessibility rules from npm into $(VENV)/node"
	@mkdir -p $(VENV)/node && cp requirements/node/package.json requirements/node/package-lock.json requirements/node/.npmrc $(VENV)/node/
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --prefix $(VENV)/node --silent
	@touch $@

check: setup ## ruff, mypy strict, import rules, tsc, sizes, translations, the OpenAPI contract, coverage of the pure modules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/node $(VENV)/node/node_modules/typescript/bin/tsc -p kiosk_ui/pages/jsconfig.json
	$(BIN)/node $(VENV)/node/node_modules/typescript/bin/tsc -p central/static/jsconfig.json
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py tests/test_translations.py tests/test_openapi.py
	$(BIN)/python -m tests.pure_coverage

test: export PYTHONDONTWRITEBYTECODE =
test: setup ## every test, N=3 at a time; what failed beside others is tried once more alone, and said
	@$(BIN)/python -m pytest -q -n $(or $(N),3) --dist loadfile --no-loadscope-reorder tests || { echo "some tests failed beside others: trying those once more, one at a time"; $(BIN)/python -m pytest -q --lf --lfnf=none tests; }

test-long: setup ## at full length what `make test` shortens: every kill point, power cut, screen and picture, and ten times the examples
	BILIK_LONG=1 $(BIN)/python -m pytest -q -m shortened -o timeout=3600 tests

fuzz: setup ## every reader under a fuzzer, then central's contract; FUZZ_S=60 seconds in sum
	FUZZ_S=$(or $(FUZZ_S),60) $(BIN)/python -m tests.fuzz

demo: setup ## one real visit from the schedule to the auto-close; HOLD=1 keeps it running
	$(BIN)/python -m tests.demo $(if $(HOLD),--hold)

day: setup ## a short day of one facility: 30 families, four booths, one of them dies; pictures of every page, into out/day/
	$(BIN)/python -m tests.day

bench: setup ## the table of measured times and loads, into out/bench.json
	$(BIN)/python -m benchmarks

fleet: setup ## TERMINALS=5000 simulated terminals against one and two instances on PostgreSQL, into out/fleet.json
	$(BIN)/python -m benchmarks.fleet --terminals $(or $(TERMINALS),5000)

chaos: setup ## break everything at random and check what must hold; SEED= draws the same faults again, MINUTES=10, into out/chaos.json
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) --minutes $(or $(MINUTES),10)

escape: setup ## try the ways out of a real kiosk, with its guards off and on, into out/escape.json
	$(BIN)/python -m tests.escape

wine-test: setup ## what Bilik does on Windows, as far as Wine goes; says so and skips where there is none
	$(BIN)/python -m tests.wine

audit: setup ## ask a public service for known holes in what we build on; a package that nobody can judge is an error
	@[ -x out/audit/bin/pip-audit ] || { $(PYTHON) -m venv out/audit && out/audit/bin/pip install --quiet --disable-pip-version-check pip-audit; }
	for part in agent central; do out/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/$$part.txt; done

openapi: setup ## write central's contract anew after a wanted change
	$(BIN)/bilik-central openapi > central/openapi.json

package: setup $(PACKAGE_STAMP) ## bilik-engine, bilik-agent, bilik-central (.deb) and the setup for Windows (it says so where python.org is out of reach) into dist/; PARTS="agent central", LEVEL=6 of xz, WINDOWS_PYTHON=FOLDER
	$(BIN)/python -m installer.packaging $(or $(PARTS),engine agent central windows) --level $(or $(LEVEL),6) --lint $(if $(PARTS),,--without-windows) $(if $(VERSION),--version $(VERSION)) $(if $(WINDOWS_PYTHON),--windows-python $(WINDOWS_PYTHON))

install-test: setup $(BOX_STAMP) ## a bare Debian made a booth, mistreated in a call and given back, in a container with its own systemd; then server and booth by the documents alone; into out/install.json
	$(SUDO) $(BIN)/python -m tests.install

lock: setup ## resolve the dependencies anew
	for part in agent central "agent --extra central --extra dev"; do \
	  out=$$(echo "$$part" | awk '{print (NF > 1) ? "dev" : $$1}'); \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --extra $$part pyproject.toml -o requirements/$$out.txt; done
	$(BIN)/uv pip compile --quiet --python-platform x86_64-pc-windows-msvc --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --extra agent pyproject.toml -o requirements/windows.txt

clean: ## remove what was built; keeps nothing but the sources
	rm -rf out dist build $(VENV) *.egg-info
