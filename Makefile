# Profile Desk. `make` lists what there is to make.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

BIN        := $(CURDIR)/bin
AEP_SPECS  ?= $(CURDIR)/../shared/specs
SOAK       ?= 1
GOLANGCI   := $(BIN)/golangci-lint-2.15.0

export CGO_ENABLED ?= 1

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: dev
dev: generate ## build assets and pages, then run the demo
	go run ./demo

.PHONY: build
build: ## the static binary, bin/profiledesk
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $(BIN)/profiledesk .

.PHONY: generate
generate: node_modules/.package-lock.json ## pages (templ) and assets (Tailwind, esbuild)
	go tool templ generate -path views
	npm run --silent build

.PHONY: golden
golden: ## write the golden pages anew; read the diff afterwards
	go test ./views/... -update

.PHONY: need
need: ## what the tests need beside Go: installs it where it may, else says what is missing
	.ci/need

.PHONY: test
test: need node_modules/.package-lock.json e2e/node_modules/.package-lock.json ## everything but the contracts: race detector, both databases, a real browser
	export PROFILEDESK_REQUIRE_POSTGRES=1 PROFILEDESK_E2E=1
	eval "$$(.ci/postgres start)"
	trap '.ci/postgres stop "$$PROFILEDESK_POSTGRES_DIR"' EXIT
	go test -race -shuffle on -timeout 15m ./...
	(cd e2e && go test -shuffle on -timeout 15m -count 1 ./...)

.PHONY: contract
contract: ## client and emulator against Adobe's OpenAPI files in AEP_SPECS
	@test -d "$(AEP_SPECS)" || { echo "contract: the folder AEP_SPECS ($(AEP_SPECS)) is missing: set AEP_SPECS to Adobe's OpenAPI files" >&2; exit 1; }
	AEP_SPECS="$(AEP_SPECS)" go test -count 1 -tags contract ./demo/contract/...

.PHONY: soak
soak: need ## long runs: fuzzing and kills; SOAK=0.05 does a twentieth
	SOAK=$(SOAK) .ci/soak

.PHONY: bench
bench: ## figures beside their yardsticks, as docs/performance.md quotes them
	.ci/bench

.PHONY: screenshots
screenshots: need e2e/node_modules/.package-lock.json ## every page at 1440 and 390 px, light and dark, both languages
	cd e2e && go run ./screenshots -out ../screenshots

.PHONY: lint
lint: $(GOLANGCI) ## go vet, golangci-lint
	go vet ./...
	$(GOLANGCI) run ./...

$(GOLANGCI):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	mv $(BIN)/golangci-lint $@

.PHONY: verify
verify: generate ## regenerate and fail on a difference; formatting, modules
	test -z "$$(git ls-files '*.go' | grep -v _templ.go | xargs gofmt -l | tee -a /dev/stderr)"
	go mod tidy -diff
	go mod verify
	git diff --exit-code -- views static go.mod go.sum package-lock.json
	test -z "$$(git status --porcelain -- views static | tee -a /dev/stderr)"

.PHONY: image
image: ## the container image
	docker build -t profiledesk .

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	touch $@

e2e/node_modules/.package-lock.json: e2e/package.json e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund
	touch node_modules/.package-lock.json
