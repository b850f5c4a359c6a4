# The verbs of this repository; CI calls the same ones. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help bench deps images build release check test test-unit soak proto proto-check demo demo-down clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: deps ## build, run a node and watch a manifest file become a pod
	@scripts/demo.sh

demo-down: ## remove every trace of the demo
	@scripts/demo-down.sh

deps: ## install the Debian packages that are missing
	@scripts/deps.sh

images: deps ## make the local container images, and the tree of a machine with systemd for the tests
	@scripts/images.sh
	@scripts/machine-tree.sh

build: deps ## debug build
	swift build

release: deps ## release build of the swiftlet binary, and where it is
	@. scripts/env.sh && build_product release swiftlet

check: deps ## formatter lint, shellcheck and house rules
	@scripts/check.sh

test: check ## all tests, from unit to real containerd and kubectl
	@scripts/test.sh

test-unit: deps ## all tests but those that need root and a container runtime
	swift test --skip NodeTests

soak: deps ## the tests that kill programs at random moments, ten times as long
	@SWIFTLET_KILLS=200 scripts/test.sh --filter 'KillTests|RandomEditTests'

bench: deps ## measure the release build beside raw runtime calls
	@scripts/bench.sh

proto: ## generate Sources/CRIProtocol again from Protos
	scripts/generate-protos.sh

proto-check: ## fail if the committed generated code is not what Protos gives
	scripts/generate-protos.sh --check

clean: demo-down ## remove everything built, downloaded or made by the demo
	rm -rf .build .work
