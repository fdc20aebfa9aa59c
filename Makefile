# What a newcomer needs, nothing else. `make run` and `make test` work on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SYSTEM := $(VENV)/system
PROMTOOL := $(SYSTEM)/usr/bin/promtool
UNIT_TOOLS := $(SYSTEM)/.tools
# A network that is not there is an error after a while, not a wait without end. As root, apt would change its user and
# not be allowed to write where it is called.
APT := apt-get -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o APT::Sandbox::User=root

.PHONY: install check test run bench soak fuzz docs clean system-deps node-tracker

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

# The tests start hundreds of processes; each would compile all modules where Python may not keep what it compiled.
test: check system-deps node-tracker
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal

# The main job on this machine: a log writer, the agent, the embedded collector. `make run LOG=/path` tails a real file.
run: install
	$(BIN)/logsource demo $(if $(LOG),--log "$(LOG)") $(ARGS)

# The long forms: kill -9 for LOGSOURCE_SOAK_SECONDS (600), several logs, more lines.
soak: install
	$(BIN)/python -m pytest -m soak -s tests

# Fuzzing guided by coverage, two minutes a target; `make fuzz ARGS="grok --seconds 600"`. The tests have a short form.
fuzz: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(ARGS)

# promtool and systemd-analyze judge our metrics and deploy/ in the tests; logrotate and rotatelogs rotate there. They are
# unpacked from Debian's packages and not installed, because installing those packages starts services.
system-deps: $(PROMTOOL) $(UNIT_TOOLS)

# $(call unpack,PACKAGES): each call in a directory of its own, so that `make -j` works.
unpack = $(APT) update -qq || true; \
	mkdir -p $(SYSTEM) && tmp=$$(mktemp -d -p $(SYSTEM)) && ( cd $$tmp && $(APT) download -qq $(1) ) && \
	for package in $$tmp/*.deb; do dpkg -x $$package $(SYSTEM) || exit 1; done && rm -r $$tmp

$(PROMTOOL):
	$(call unpack,prometheus)  # without root the package lists that are there must do
	touch $@

# systemd's own packages, and those libraries of theirs that a container image may lack.
$(UNIT_TOOLS):
	$(call unpack,systemd libsystemd-shared libapparmor1 libip4tc2 libkmod2 libseccomp2 logrotate libpopt0 apache2-utils libapr1 libuuid1)
	touch $@

# Snowplow's Node tracker, which the tests send through the embedded collector.
node-tracker: tests/foreign/node_modules/.package-lock.json

tests/foreign/node_modules/.package-lock.json: tests/foreign/package-lock.json
	command -v npm >/dev/null || { $(APT) update -qq && $(APT) install -y -qq --no-install-recommends nodejs npm; }
	HOME="$${HOME:-$(CURDIR)/$(VENV)}" npm ci --prefix tests/foreign --no-audit --no-fund --fetch-timeout=60000 --fetch-retries=4 --fetch-retry-maxtimeout=20000
	touch $@

# Beside the naive line loop, rsyslog and syslog-ng, on this machine; `make bench ARGS=--quick` in a minute.
bench: install
	$(BIN)/python -m tests.bench $(ARGS)

docs: install
	$(BIN)/python -m logsource.config.generate config

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
