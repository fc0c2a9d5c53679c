# What users type. Each target installs what it needs and can be run on a fresh Debian 12 machine
# that has git, make and a Swift 6.3 toolchain.

.DEFAULT_GOAL := help
.PHONY: help deps build demo commission-demo test simulate hil lint format bench fuzz clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

deps:
	@scripts/install-deps

build: deps ## Build the programs (debug)
	@scripts/build

demo: deps ## Run a gate with simulated hardware and a local central service (DEMO_SECONDS=20 ends by itself)
	@scripts/build
	@scripts/demo

commission-demo: deps ## Commission the demonstration's gate and write docs/commissioning-demo-gate.md
	@scripts/build
	@scripts/commission-demo

test: deps ## Build and run every test that needs no virtual machine
	@scripts/test

simulate: deps ## Try each lane machine with ten million random steps (about 3 minutes)
	@scripts/simulate

hil: ## Run the daemon against real kernel drivers in a virtual machine (TESTS="gpio serial")
	@scripts/hil $(TESTS)

lint: deps ## Check formatting, layering and the project's own rules
	@scripts/lint

format: ## Format the sources
	@swift format format --in-place --recursive Package.swift Sources HardwareMocks Tests Benchmarks Fuzz Simulation/Package.swift

bench: ## Benchmarks: one JSON object a line, then a table
	@scripts/bench

fuzz: deps ## Feed the decoders of readers, credentials, orders and signed files with bad input (SECONDS=30 each; TARGETS="ssi keypad")
	@FUZZ_SECONDS=$(or $(SECONDS),60) scripts/fuzz $(TARGETS)

clean: ## Remove what was built
	rm -rf .build Benchmarks/.build Fuzz/.build Simulation/.build
