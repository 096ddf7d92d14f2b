# Everything starts here; `make help` lists it. Set-up scripts live in .ci/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A crashing test must not hang in a backtrace.
export SWIFT_BACKTRACE := enable=no

SECRETS := certs/dev-master.key certs/dev-okta-client-secret certs/dev-saml.key certs/dev-saml.pem
SWIFT_SOURCES := Package.swift Sources Tests

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup-build $(SECRETS) ## Builds and starts gateway and Okta simulator, and says where to go
	swift build
	.ci/start

test: setup-test $(SECRETS) ## Runs every test: Swift, then end to end with real peers
	swift build --build-tests
	@# One after the other: among 1,300 at once, what has a time limit gets its turn too late.
	swift test --skip-build --no-parallel
	.build/venv/bin/python -m pytest Tests/EndToEnd

bench: setup-bench $(SECRETS) ## Measures checks, sign-ins, refreshes and verifications, and prints a table
	swift build -c release --product gatehouse
	swift build -c release --product okta-simulator
	swift build -c release --product verification-benchmark
	swift build -c release --product saml-benchmark
	cc -O2 -o .build/release/saml-floor Tests/Benchmarks/saml-floor.c $$(pkg-config --cflags --libs libxml-2.0 libcrypto)
	.build/venv/bin/python Tests/Benchmarks/bench.py

release: setup-build ## Makes .build/gatehouse: optimised, Swift runtime linked in, stripped
	swift build -c release --product gatehouse --static-swift-stdlib --scratch-path .build/static
	install -m 755 .build/static/release/gatehouse .build/gatehouse
	strip .build/gatehouse
	@ls -l .build/gatehouse

format: ## Settles the layout of all Swift files
	swift format --in-place --recursive $(SWIFT_SOURCES)

lint: ## Checks layout and the rules of the house
	swift format lint --strict --recursive $(SWIFT_SOURCES)
	.ci/lint

clean: ## Removes what was built and the development data
	rm -rf .build data

setup-build:
	@.ci/setup build

setup-test:
	@.ci/setup test

setup-bench:
	@.ci/setup test
	@.ci/setup bench

# Development secrets are made on the machine they are used on, and never committed.
certs/dev-master.key:
	@umask 077 && openssl rand -base64 32 > $@

certs/dev-okta-client-secret:
	@umask 077 && openssl rand -hex 24 > $@

# What the gateway signs its SAML messages with. Key and certificate belong together.
certs/dev-saml.key:
	@umask 077 && openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $@ 2>/dev/null

certs/dev-saml.pem: certs/dev-saml.key
	@openssl req -x509 -new -key $< -subj "/CN=Gatehouse development" -days 3650 -out $@

fuzz: setup-build ## Gives the parsers made-up and forged input for FUZZ_SECONDS each (600), with sanitizers
	.ci/fuzz $(FUZZ_TARGETS)

.PHONY: help run test bench fuzz release format lint clean setup-build setup-test setup-bench
