# make up      build, make sure that Docker runs, bring the default stack up
# make test    everything
# make bench   against docker compose
# make record  the first look in the README
#
# CARGO_TARGET_DIR is honoured; keep it warm.

CARGO ?= cargo
# Without a stack file here, the built-in stack.
STACK := $(if $(wildcard stack.yml stack.yaml),,--default)
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

.PHONY: up build test lint unit bench record

up: build
	$(TARGET)/release/stackctl doctor --fix --yes
	$(TARGET)/release/stackctl up $(STACK) --skip-unavailable

build:
	@echo "building stackctl"
	$(CARGO) build --release --locked

test:
	tests/run

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings

unit:
	$(CARGO) test --locked

# It builds by itself, once everything that it needs is there.
bench:
	tests/bench/run

record: build
	tests/record
