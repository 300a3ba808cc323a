PYTHON ?= python3
BIN := .venv/bin
SANDBOX := $(BIN)/python -m sandbox run --

# One more than there are cores: tests wait, for the engine to end and for clocks.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# Images often set it, and then each command of a test would compile what it runs.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-deployment lock demo sandbox test unit conformance clients policies faults lint fmt docs site bench bench-terraform clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

setup: ## the virtualenv, pulumi and its plugins; takes seconds when nothing changed
	@command -v $(PYTHON) >/dev/null || { echo "setup: stopped: no $(PYTHON); install Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -m tools.engine.setup

setup-deployment: ## what preview, up, report and verify need, and nothing else; replaces the virtualenv
	@command -v $(PYTHON) >/dev/null || { echo "setup: stopped: no $(PYTHON); install Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -m tools.engine.setup --deployment

demo: setup ## the main job, end to end, on the sandbox: no account needed; WAREHOUSE=x for one of them
	@$(SANDBOX) $(BIN)/python -m tools.demo $(WAREHOUSE)

sandbox: setup ## a shell whose network is the sandbox
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(SANDBOX) $${SHELL:-/bin/sh}

test: setup ## every test: units, and the real engine and plugins on the sandbox; WORKERS=n at once
	@$(BIN)/python -m tools.engine.browser
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

unit: setup ## the fast tests only
	@$(BIN)/python -m pytest -m "not integration"

conformance: setup ## what we assume of the vendors, on the sandbox; VENDOR=x ONLY=regexp; REAL=1 for an account of yours
	@$(BIN)/python -m tests.conformance $(if $(VENDOR),--vendor $(VENDOR)) $(if $(ONLY),--only '$(ONLY)') $(if $(REAL),--real)

clients: setup ## clients that others wrote (dbt, SQLAlchemy, ...), on the sandbox; ONLY="name name"
	@$(BIN)/python -m tests.clients $(ONLY)

policies: setup ## the policy pack on the real engine and on its corpora: what each rule catches, tables
	@$(SANDBOX) $(BIN)/python -m tools.policy_table
	@$(BIN)/python -m tests.policies

faults: setup ## a fault at each call, on the sandbox; hours; WAREHOUSE=x MODE=up|refresh|rotation|destroy ONLY=regexp EVERY=1 AGAIN=failed|older|all PARALLEL=2
	@$(BIN)/python -m tools.faults $(if $(WAREHOUSE),--warehouse $(WAREHOUSE)) $(if $(MODE),--mode $(MODE)) $(if $(ONLY),--only '$(ONLY)') $(if $(EVERY),--every) $(if $(AGAIN),--again $(AGAIN)) $(if $(PARALLEL),--parallel $(PARALLEL))

lint: setup ## ruff, mypy --strict, the generated files, prose, and the workflows (needs Go)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy __main__.py components/cube_access sandbox tools tests policies/rules
	@$(BIN)/python -m tools.config_reference --check
	@$(BIN)/python -m tools.lint.actionlint .github/workflows/*.yml
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/python -m tools.policy_copy --check
	@$(BIN)/python -m tools.policy_catalogue --check
	@$(BIN)/python -m cube_access.plugin.schema --check
	@$(BIN)/python -m tools.lint.prose $$(git ls-files '*.md' ':!tests')
	@$(BIN)/python -m tools.lint.lock --check

lock: setup ## writes the locks: the newest packages that the requirements allow, with hashes
	@$(BIN)/python -m tools.lint.lock

fmt: setup ## formats the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup ## writes the generated parts of the documentation
	@$(BIN)/python -m tools.config_reference
	@$(BIN)/python -m tools.policy_copy
	@$(BIN)/python -m tools.policy_catalogue
	@$(BIN)/python -m cube_access.plugin.schema

site: ## the documentation as a site, in site/: reading it needs no network
	@$(PYTHON) -m tools.site

bench: setup ## what each command takes, on the sandbox; what the policy pack adds; what people cost Cube; into docs/
	@$(BIN)/python -m tools.bench.cube --write
	@$(BIN)/python -m tools.bench.commands
	@$(BIN)/python -m tools.bench.policies --write
	@$(BIN)/python -m tests.cube.cost

bench-terraform: setup ## each command's cost beside Terraform's and a flat program's; ARGS="--help" for its options
	@$(BIN)/python -m tools.bench_terraform $(ARGS)

clean: ## removes what setup put into the checkout; the cache stays
	rm -rf .venv .venv-site site .mypy_cache .pytest_cache .ruff_cache
