# SPDX-License-Identifier: Apache-2.0 OR MIT
# `make help` lists what there is to do.

TARGET := x86_64-unknown-linux-gnu
# Static, and relocations packed: 70 KB less.
HOST_RUSTFLAGS := -C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs
STATIC := target/$(TARGET)/release
HOST_BINARY := target/host/bpfsign
GUEST := target/release/guest
BPF_C := $(wildcard programs/*/*.c programs/*/*.h programs/include/*/*.h cli/src/verbs/new/*.c \
	cli/tests/data/*/*.c testing/programs/*/*.c)
SCRIPTS := $(wildcard scripts/*.sh packaging/agents/*/*.sh packaging/linux/*.sh \
	packaging/pipelines/*.sh) .ci/run

# Where rustup puts cargo and Debian puts bpftool, if the user's PATH lacks them.
export PATH := $(PATH):$(HOME)/.cargo/bin:/usr/sbin:/sbin

.DEFAULT_GOAL := help
.PHONY: help demo test test-kernels lint picture bench fuzz build host guest test-programs packages \
	reproducible format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Build, sign, verify, load and read a real program on this kernel (root)
	@scripts/demo.sh

test: ## Run everything that CI runs: lints, then all tests (root)
	@scripts/test.sh

test-kernels: ## Boot Linux 5.10, 6.1 and 6.12 in QEMU and test in each; writes docs/kernels.md
	@scripts/test-kernels.sh

lint: ## Check formats, clippy, licences, shell scripts, links and the structure
	@scripts/lint.sh

picture: ## Draw the crates: docs/crates.svg and the list in docs/02-architecture.md
	@cargo run --quiet --locked -p bpfsign-structure -- picture

bench: ## Measure beside rivals (root); JSON=FILE writes, COMPARE=FILE shows before and after
	@scripts/bench.sh $(if $(JSON),--json $(JSON)) $(if $(COMPARE),--compare $(COMPARE)) \
		$(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS)) $(if $(SLOW),--slow)

fuzz: ## Fuzz all that reads untrusted bytes, 60 s each
	@scripts/fuzz.sh

build: guest ## Build the author's bpfsign: target/release/bpfsign
	cargo build --release --locked -p bpfsign

host: ## Build the static bpfsign of hosts: target/host/bpfsign
	@scripts/setup.sh build
	RUSTFLAGS="$(HOST_RUSTFLAGS)" cargo build --release --locked \
		--target $(TARGET) -p bpfsign-host
	@mkdir -p $(dir $(HOST_BINARY))
	@cp -f $(STATIC)/bpfsign-host $(HOST_BINARY)

guest: host ## Build the static programs that vmtest boots: target/release/guest
	RUSTFLAGS="$(HOST_RUSTFLAGS)" cargo build --release --locked \
		--target $(TARGET) -p bpfsign-guest
	@mkdir -p $(GUEST)
	@cp -f $(HOST_BINARY) $(STATIC)/bpfsign-guest $(GUEST)

test-programs: guest ## Build, beside those, the programs of the kernel tests and benchmarks
	RUSTFLAGS="$(HOST_RUSTFLAGS)" cargo build --release --locked \
		--target $(TARGET) -p bpfsign-kernel-tests -p bpfsign-workload
	@cp -f $(STATIC)/bpfsign-kernel-tests $(STATIC)/bpfsign-workload $(GUEST)

packages: ## Make RPM and DEB in target/packages; KEY=FILE signs the programs for theirs
	@scripts/packages.sh

reproducible: ## Make all packages again on another path and compare (KEY=FILE as above)
	@scripts/reproducible.sh

format: ## Format Rust and BPF C
	cargo fmt
	clang-format -i $(BPF_C)

clean: ## Remove what was built
	cargo clean

# For the scripts.
.PHONY: print-%
print-%:
	@echo $($*)
