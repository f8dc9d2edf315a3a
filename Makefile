# One scratch path (.build) and one flag set serve run, test and bench, so that nothing compiles twice.
SHELL := /bin/bash
# `swift test` adds a testability flag of its own to every module, which would compile all dependencies a second time:
# --disable-testable-imports keeps it off, our own -enable-testing serves both.
SWIFT_FLAGS := -c release -Xswiftc -enable-testing
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -c Tests/EndToEnd/pytest.ini --rootdir Tests/EndToEnd

.DEFAULT_GOAL := help
.PHONY: help build run test test-swift test-fuzz test-e2e test-product interop check lint links docs api-check bench
.PHONY: bench-instructions soak fuzz format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## Build the signet program
	@scripts/install-packages build
	swift build $(SWIFT_FLAGS) --product signet

run: ## Build, start Signet with the demo API, print what to type; Ctrl-C stops it
	@scripts/install-packages run
	@swift build $(SWIFT_FLAGS) --product signet
	@scripts/run

test: test-swift test-fuzz test-e2e ## Install what tests need and run all of them

test-swift: ## Run the Swift tests only
	@scripts/install-packages build
	@scripts/install-packages test-swift
	@scripts/python-environment
	@scripts/test-swift $(SWIFT_FLAGS)

test-fuzz: ## Feed every parser mutated input for ten seconds
	@scripts/install-packages build
	scripts/fuzz 10

test-e2e: ## Run the whole program against real clients
	@scripts/install-packages test
	@scripts/python-environment
	swift build $(SWIFT_FLAGS) --product signet
	@scripts/test-end-to-end $(ARGS)

interop: ## Exchange tokens with the libraries of other languages too, and write docs/interop.md
	@scripts/install-packages test
	@scripts/install-packages interop
	@scripts/python-environment
	swift build $(SWIFT_FLAGS) --product signet
	$(PYTEST) --interop-matrix Tests/EndToEnd/test_interop_*.py

check: lint links ## Format, documentation links, layers and source rules (warnings are errors in every build)
	@scripts/install-packages build
	swift test $(SWIFT_FLAGS) --disable-testable-imports --disable-xctest --filter ArchitectureTests

lint: ## Format rules of .swift-format
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Fuzz

links: ## Every link in the documentation leads somewhere, every example is the one that is run
	@python3 scripts/check-links
	@python3 scripts/quote-snippets --check

docs: ## The JOSE library's documentation, into .build/docs
	@scripts/install-packages build
	@swift build $(SWIFT_FLAGS) --product signet
	@python3 scripts/build-docs

test-product: ## A package outside that depends on the JOSE product only (compiles its dependencies again)
	@scripts/install-packages build
	@python3 scripts/test-product

# The baseline is compiled from scratch, once for each, with what JOSE needs and nothing else.
api-check: ## Changes of JOSE's public API since BASELINE=REF that break others
	@test -n "$(BASELINE)" || { echo 'since when? make api-check BASELINE=REF'; exit 64; }
	SIGNET_ONLY=JOSE swift package $(SWIFT_FLAGS) diagnose-api-breaking-changes $(BASELINE) --baseline-dir .build/api

format: ## Rewrite Swift files by .swift-format
	swift format --in-place --parallel --recursive Package.swift Sources Tests Fuzz

bench: ## Token operations beside go-jose, profiles side by side; the gateway's CPU per request next to nginx; goals met
	@scripts/install-packages bench
	@scripts/python-environment
	@scripts/build-bench-peers
	@swift build $(SWIFT_FLAGS) --product signet
	PATH="$(CURDIR)/.venv/bin:$$PATH" .build/release/signet bench tokens --peer .build/bench/go-jose
	.build/release/signet bench gateway

bench-instructions: ## Count instructions per operation and compare with Benchmarks/instructions.txt; ARGS=--write keeps them
	@scripts/install-packages bench
	@swift build $(SWIFT_FLAGS) --product signet
	@python3 scripts/count-instructions $(ARGS)

soak: ## The long end-to-end tests: 2 GB bodies, many kills under load
	@scripts/install-packages test
	@scripts/python-environment
	swift build $(SWIFT_FLAGS) --product signet
	$(PYTEST) -m soak $(ARGS)

# Nine targets and 400 seconds are an hour; they share the cores.
FUZZ_SECONDS ?= 400
fuzz: ## Feed every parser mutated input for FUZZ_SECONDS
	@scripts/install-packages build
	scripts/fuzz $(FUZZ_SECONDS) $(TARGETS)

clean: ## Remove build products and the Python environment, keep data/
	rm -rf .build .venv
