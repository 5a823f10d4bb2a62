# Where cargo puts what it builds; the environment's setting wins.
CARGO_TARGET_DIR ?= target
TENURE = $(CARGO_TARGET_DIR)/debug/tenure

.DEFAULT_GOAL := help
.PHONY: help check fmt-check lint doc test test-clients conformance conformance-npm prove prove-short schema schema-diff errors guards licences mutants

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

check: fmt-check lint doc ## all that needs no running program: format, lints, documentation

fmt-check: ## the code is formatted
	cargo fmt --all --check

lint: ## clippy finds nothing
	cargo clippy --workspace --all-targets --locked -- -D warnings

doc: ## the documentation builds without a warning
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# The server waits for no compiler: tests are built before it starts.
test: ## all tests, on SQLite and on a temporary PostgreSQL
	cargo test --workspace --locked --no-run
	scripts/with-postgres cargo test --workspace --locked

# MINUTES=30 make prove
prove: ## what is promised, under kills, crashes and faults, as a table; MINUTES (2) on each database
	scripts/prove

prove-short: ## the same in two or three minutes
	scripts/prove --short

test-clients: ## the clients of other languages against the program
	cargo build --locked
	tests/clients/run.sh $(TENURE)

conformance: ## the conformance tools of others against the program
	cargo build --locked
	tests/clients/conformance/run.sh $(TENURE)

conformance-npm: ## those of them that need no more than npm packages
	cargo build --locked
	tests/clients/conformance/run.sh --npm $(TENURE)

# By way of a file elsewhere, so that a failure leaves the committed one whole.
schema: ## write schema.graphql
	cargo build --locked
	$(TENURE) schema > $(CARGO_TARGET_DIR)/schema.graphql
	cp $(CARGO_TARGET_DIR)/schema.graphql schema.graphql

schema-diff: ## what changed in the schema since the last release; fails for a breaking change that is not declared
	cargo build --locked
	$(TENURE) schema diff docs/schema/baseline.graphql --declared docs/schema/breaking-changes.txt

# Likewise.
errors: ## write docs/errors.md
	cargo build --locked
	$(TENURE) errors > $(CARGO_TARGET_DIR)/errors.md
	cp $(CARGO_TARGET_DIR)/errors.md docs/errors.md

guards: ## write what the watch over the database's guards knows, from migrated databases
	cargo test --workspace --locked --test tenure --no-run
	TENURE_WRITE_GUARDS=1 scripts/with-postgres cargo test --workspace --locked --test tenure schema_guard::the_committed

# What cargo-deny says about advisories needs a network and changes from day to day; this does not.
licences: ## licences and origins of the dependencies, if cargo-deny is installed
	@if cargo deny --version >/dev/null 2>&1; \
	then cargo deny --locked check bans licenses sources; \
	else echo "cargo-deny is not installed, licences are not checked (cargo install cargo-deny --locked)"; fi

# Hours: each mutant is a build of the domain. One module: make mutants MUTANTS='--file domain/src/money.rs'
mutants: ## does a unit test fail for every change of the pure modules? Needs cargo-mutants
	cargo mutants --package domain --jobs 1 --output $(CARGO_TARGET_DIR) $(MUTANTS)
