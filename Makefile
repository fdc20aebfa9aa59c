# What a newcomer needs, nothing else. `make run` and `make test` work on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROMTOOL := $(VENV)/system/usr/bin/promtool

.PHONY: install check test run bench soak docs clean system-deps node-tracker

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check system-deps node-tracker
	$(BIN)/python -m pytest -n auto

# The main job on this machine: a log writer, the agent, the embedded collector. `make run LOG=/path` tails a real file.
run: install
	$(BIN)/logsource demo $(if $(LOG),--log "$(LOG)") $(ARGS)

# The long forms: kill -9 for LOGSOURCE_SOAK_SECONDS (600), several logs, more lines.
soak: install
	$(BIN)/python -m pytest -m soak -s tests

# promtool judges our metrics in the tests. It is unpacked from Debian's package and not installed, because
# installing that package starts a Prometheus server.
system-deps: $(PROMTOOL)

$(PROMTOOL):
	apt-get update -qq || true  # without root the package lists that are there must do
	mkdir -p $(VENV)/system
	cd $(VENV)/system && apt-get download -qq prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb
	touch $@

# Snowplow's Node tracker, which the tests send through the embedded collector.
node-tracker: tests/foreign/node_modules/.package-lock.json

tests/foreign/node_modules/.package-lock.json: tests/foreign/package-lock.json
	command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm; }
	npm ci --prefix tests/foreign --no-audit --no-fund
	touch $@

# Beside the naive line loop, rsyslog and syslog-ng, on this machine; `make bench ARGS=--quick` in a minute.
bench: install
	$(BIN)/python -m tests.bench $(ARGS)

docs: install
	$(BIN)/python -m logsource.config.generate config

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
