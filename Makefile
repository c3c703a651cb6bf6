# Everything a checkout needs: git, make and Python 3.11 or newer. `make` lists what can be asked for.

PYTHON    ?= python3
DEMO_CASE ?= examples/cases/min.yaml

# How long the safety campaign is. SEED=7 INPUTS=2000 KILLS=60 make another, smaller one; KINDS="csv links" these alone.
SEED     ?= 1
INPUTS   ?= 50000
KILLS    ?= 1000
CALLS    ?= 1000
COMMANDS ?= 1000
SCENES   ?= 1000
KINDS    ?=
CAMPAIGN  = $(BIN)/python -m tests.campaign $(KINDS) --seed $(SEED) --inputs $(INPUTS) --kills $(KILLS) \
	--calls $(CALLS) --commands $(COMMANDS) --scenes $(SCENES)

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK  := requirements.lock
EXTRAS := --extra batch --extra prove --extra train --extra dev
SPARK_LOCK := requirements-spark.lock
SPARK := $(VENV)/.spark
LOCK_VENV := .venv-lock
PEERS_VENV := .venv-peers

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tests begin hundreds of processes: none of them has to compile the program again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check campaign campaign-short campaign-table spark lock docs bench tables peers clean python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP) ## Assess an example case
	@$(BIN)/rsd assess $(DEMO_CASE)

test: check ## Run lint, format, types and all tests but the slow ones
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(STAMP) ## Run lint, format and types only
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Format differs; this mends it: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@echo "Lint, format and types: clean."

campaign: $(STAMP) ## Attack the program: broken inputs, kills, failing disks, hostile surroundings
	@$(CAMPAIGN)

campaign-short: $(STAMP) ## The campaign in its short form, as .ci/run runs it
	@$(BIN)/python -m pytest -n 2 -m slow tests/campaign

campaign-table: $(STAMP) ## The campaign, its results put into docs/campaign.md
	@$(CAMPAIGN) --table docs/campaign.md

spark: $(SPARK) ## Install Spark too, so that its tests run (needs Java 17)

lock: python ## Make requirements.lock again, versions kept where they can be (UPGRADE=--upgrade: newest)
	@"$(PYTHON)" -m venv --clear $(LOCK_VENV)
	@$(LOCK_VENV)/bin/python -m pip install -qq 'pip-tools==7.6.2'
	@if [ -f $(LOCK) ]; then cp $(LOCK) $(LOCK_VENV)/; fi
	@$(LOCK_VENV)/bin/pip-compile --quiet --no-config $(EXTRAS) --generate-hashes --strip-extras \
		--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		$(UPGRADE) --output-file $(LOCK_VENV)/$(LOCK) pyproject.toml
	@# A lock names versions and hashes and nothing about the machine that made it.
	@! grep -nE '://|^-|/' $(LOCK_VENV)/$(LOCK)
	@{ echo "# What is needed to run, build and test, each file by its hash. Written by \`make lock\`."; \
		cat $(LOCK_VENV)/$(LOCK); } > $(LOCK)
	@# Spark comes as source alone, and is five times all the rest; it has a lock of its own.
	@$(LOCK_VENV)/bin/pip-compile --quiet --no-config $(EXTRAS) --extra spark --generate-hashes --strip-extras \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--constraint $(LOCK_VENV)/$(LOCK) --allow-unsafe \
		$(UPGRADE) --output-file $(LOCK_VENV)/$(SPARK_LOCK) pyproject.toml
	@{ echo "# What Spark needs beside requirements.lock. Written by \`make lock\`."; \
		awk '/^[a-z]/ {keep = /^(pyspark|py4j|pandas|numpy|python-dateutil|six|pytz|tzdata)==/} keep' $(LOCK_VENV)/$(SPARK_LOCK); } > $(SPARK_LOCK)

docs: $(STAMP) ## Write the generated pages of docs/
	@$(BIN)/python docs/make.py

bench: $(STAMP) ## Measure how fast it is, in a few minutes
	@$(BIN)/python benchmarks/run.py

tables: $(STAMP) ## Measure at length, on a quiet machine, and write the tables of docs/batch.md
	@$(BIN)/python benchmarks/batch.py --more 10000000 --write

peers: $(STAMP) ## Measure other rule engines beside it, on one small law (SWI-Prolog, where it is installed)
	@"$(PYTHON)" -m venv $(PEERS_VENV)
	@$(PEERS_VENV)/bin/python -m pip install -qq --requirement benchmarks/peers/requirements.txt --editable '.[batch]'
	@$(PEERS_VENV)/bin/python -m benchmarks.peers

clean: ## Delete what the other targets made
	rm -rf $(VENV) $(LOCK_VENV) $(PEERS_VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment starts empty whenever the lock changes, so that nothing the lock has dropped stays behind.
# Wheels only: building one from source would fetch build tools that the lock does not pin.
$(STAMP): $(LOCK) pyproject.toml
	@$(MAKE) --no-print-directory python
	@echo "Installing into $(VENV); this happens once."
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --only-binary :all: --requirement $(LOCK)
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(SPARK): $(STAMP) $(SPARK_LOCK)
	@echo "Installing Spark into $(VENV); this happens once, and takes a while."
	@$(BIN)/python -m pip install -qq --require-hashes --no-deps --no-binary pyspark \
		--requirement $(SPARK_LOCK)
	@touch $@

python:
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "$(PYTHON) is not here. rsd needs Python 3.11 or newer; name one with: make test PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1). rsd needs Python 3.11 or newer; name one with: make test PYTHON=python3.12"; exit 1; }
