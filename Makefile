# Every target can be run from a fresh clone: what it needs is installed first, or named in one line where it cannot be.

SWIFT ?= swift
ARGS ?=
FAULT ?=
ROUNDS ?= 100
SECONDS_OF_CHAOS ?= 600
RUNS ?= 1000
SEED ?=
TESTS_AT_ONCE ?= 8

# An undeclared import is an error in every build, so that the arrows between modules stay true.
CHECKS := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib $(CHECKS)
SOURCES := Sources Tests Package.swift
TEST = $(SWIFT) test --skip-build --disable-xctest $(CHECKS)

BUILD_PACKAGES := binutils git libc6-dev libpq-dev libyaml-dev pkg-config zlib1g-dev
RUN_PACKAGES := bash openssh-client postgresql tzdata
TEST_PACKAGES := chromium-headless-shell fonts-dejavu-core libfaketime openssh-server python3-pip
CHAOS_PACKAGES := strace

.PHONY: help run test build debug bench chaos simulate lint format clean swift \
	build-packages run-packages test-packages chaos-packages
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

run: swift run-packages build ## build, then serve everything on this host with the example DAGs (ARGS="--port 9000")
	.build/release/rota standalone --dags dags $(ARGS)

test: swift test-packages lint ## lint, build and run every test (ARGS="--filter CoreTests")
	scripts/fetch-axe
	$(SWIFT) build --build-tests $(CHECKS)
	@# A test that hangs must end as a failure, and not as silence. Of a thousand tests at once most would wait for long.
	scripts/run-tests timeout --foreground --kill-after=20s 40m $(TEST) \
		--experimental-maximum-parallelization-width $(TESTS_AT_ONCE) $(ARGS)
	@# What strikes at random wants the machine for itself.
	$(if $(ARGS),,ROTA_FAULTS=short scripts/run-tests timeout --foreground --kill-after=20s 20m $(TEST) \
		--no-parallel --filter EndToEndTests.FaultTests)

build: swift build-packages ## leave .build/release/rota and .build/release/rota-keeper
	$(SWIFT) build $(RELEASE)

debug: swift build-packages ## build without optimisation, into .build/debug
	$(SWIFT) build $(CHECKS)

bench: swift test-packages build ## measure against performance goals and against this machine's limits
	.build/release/rota-bench $(ARGS)

chaos: swift test-packages chaos-packages ## do every fault by name, 100 rounds by chance, then ten minutes of killing (FAULT=F07 ROUNDS=100 SEED=1)
	$(SWIFT) build --build-tests $(CHECKS)
	ROTA_FAULT=$(FAULT) ROTA_FAULT_ROUNDS=$(ROUNDS) ROTA_CHAOS_SEED=$(or $(SEED),1) \
		ROTA_CHAOS_SECONDS=$(SECONDS_OF_CHAOS) ROTA_CHAOS_RUNS=$(RUNS) \
		$(SWIFT) test --skip-build --disable-xctest --no-parallel $(CHECKS) \
		--filter 'EndToEndTests.($(if $(FAULT),,ChaosTests|)FaultTests)'

simulate: swift build-packages ## play seeded worlds of faults (SEEDS=100000), or one again (SEED=42)
	$(SWIFT) build $(RELEASE) --product rota-simulate
	.build/release/rota-simulate $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

lint: swift ## check the form of every source file
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: swift ## bring every source file into form
	$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

clean: ## remove what was built
	rm -rf .build

swift:
	@command -v $(SWIFT) >/dev/null || { \
		echo "Swift is missing: install Swift 6.3 or later from https://www.swift.org/install/linux/, put its usr/bin on PATH, and run make again." >&2; \
		exit 1; }

build-packages:
	@scripts/install-packages $(BUILD_PACKAGES)

run-packages:
	@scripts/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES)

test-packages:
	@scripts/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES)

chaos-packages:
	@scripts/install-packages $(CHAOS_PACKAGES)
