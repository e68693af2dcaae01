# One door to the project: every target is one script in scripts/, CI calls the same ones.

.DEFAULT_GOAL := help
.PHONY: help run down clean test test-before test-console test-widget test-clients test-compose test-deploy image lint fmt sqlx deny sbom bench bench-check chaos

help: ## list the targets
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r t d; do printf '  make %-12s %s\n' "$$t" "$$d"; done

run: ## build and start everything a trial needs, in the foreground; Ctrl-C ends it
	@scripts/run.sh

down: ## stop whatever a killed `make run` or `make test` left behind
	@scripts/down.sh

clean: ## down, then remove .run (its data too) and the build
	@scripts/down.sh --remove
	cargo clean

test: ## every test, against a PostgreSQL and a Redis of its own; ARGS="name" picks some
	@scripts/test.sh $(ARGS)

test-widget: ## the chat widget: its build, its units, and in a browser; BIN=target/debug uses a gateway that is built already
	@scripts/test-widget.sh

test-clients: ## clients of the API against a running gateway; ARGS="typescript python" picks suites of clients/tests.d, BIN as above
	@scripts/test-clients.sh $(ARGS)
test-console: ## the console in a browser: a first day, and axe on every page; BIN=target/debug as above
	@scripts/test-console.sh

test-before: ## the version before on the schema of this one: its program in the tests that run one; ARGS=REVISION, else the last tag
	@scripts/test-before.sh $(ARGS)

test-compose: ## docker-compose.yml for real, in a Docker Engine of its own: as root, on Debian; ARGS=DIRECTORY of the programs
	@scripts/test-compose.sh $(ARGS)

test-deploy: ## what is in deploy/: alert rules, dashboards, Helm chart, Kustomize base, systemd unit
	@scripts/test-deploy.sh $(ARGS)

lint: ## formatting, clippy, rustdoc, SQL metadata, scripts, dependencies, compose file
	@scripts/lint.sh

fmt: ## format the Rust sources
	cargo fmt --all

sqlx: ## regenerate .sqlx, what `query!` knows of the schema when no database is there
	@scripts/sqlx.sh write

deny: ## licences, advisories, banned crates and sources
	@"$$(scripts/tools.sh cargo-deny)" --locked check

sbom: ## the software bill of materials of the program: target/sbom/vestibule.cdx.json
	@scripts/sbom.sh

image: ## the container image, labelled with version and revision; ARGS="--push NAME": for amd64 and arm64, attested
	@scripts/image.sh $(ARGS)

bench: ## the benchmarks of bench/; ARGS=requests, instructions, usage, console, propagation or feeds picks one
	@scripts/bench.sh $(ARGS)

bench-check: ## whether a request takes more instructions or memory than bench/RESULTS.md says
	@bench/instructions.sh check

chaos: ## faults under load on three replicas, into docs/reliability.md; CHAOS=short: each once, MINUTES=n: longer
	@scripts/chaos.sh
