# Everything starts from `make setup`, which `make demo` and `make test` run by themselves.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The first Python of 3.11 or newer that can make virtual environments; `make PYTHON=... setup` takes another.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell \
	$(name) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TYPING := build/typing/panmath
WORKERS ?= 2

# CairoSVG, the second opinion on pictures, needs the cairo library, which is no Python package.
CAIRO := if [ $$(id -u) = 0 ] && command -v apt-get >/dev/null; then \
	  echo 'Installing the cairo library'; apt-get -qq update; apt-get -qq install -y --no-install-recommends libcairo2; \
	else echo 'The cairo library is missing: SVG files of others cannot become PDF (on Debian: apt install libcairo2)'; fi

.PHONY: help setup demo test lint types unit docs bench wheel lock clean

help: ## Say what there is to make
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(STAMP) $(TYPING) ## Make .venv with everything pinned, once

$(STAMP): pyproject.toml constraints.txt setup.py
	@test -n "$(PYTHON)" || { echo 'make: no Python 3.11 or newer with venv here (on Debian: apt install python3-venv)' >&2; exit 1; }
	@test -x $(BIN)/python || { echo "A virtual environment in $(VENV), with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo 'Installing the packages pinned in constraints.txt'
	@$(BIN)/python -m pip install --quiet -c constraints.txt pip setuptools wheel
	@$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e '.[all,ray,speech-gpl,dev]'
	@$(BIN)/python -c 'import sys; from ctypes.util import find_library as find; sys.exit(not find("cairo"))' || $(CAIRO)
	@touch $@

$(TYPING):
	@mkdir -p $(@D)
	@ln -sfn ../.. $@

demo: setup ## Convert the formulas of demo/ into every form; writes demo/index.html
	@$(BIN)/python demo/build.py

test: setup lint types unit ## Lint, types and tests: what has to pass before anything lands

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy -p panmath.convert -p panmath.renderers -p panmath.corpora -p panmath.models

unit: setup
	@$(BIN)/python -m pytest -n $(WORKERS)

docs: setup ## Write the reference of symbols and commands, and the pictures of the README, into docs/
	@$(BIN)/python docs/build.py

bench: setup ## Run the benchmarks: make bench DATA=FOLDER (benchmarks/README.md says what is in it)
	@test -n "$(DATA)" || { echo 'make: say where the data is: make bench DATA=FOLDER' >&2; exit 64; }
	@for name in latex round_trip mathml_structure likeness robustness speed spoken_round_trip speech_rules \
	  spoken_to_tex speech_speed voice speech image_to_tex confidence figures picture_to_figure sgp html batch; do \
	  $(BIN)/python -m benchmarks.$$name "$(DATA)"; done

lock: setup ## Write constraints.txt anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-emit-package panmath \
		--custom-compile-command 'make lock' --output-file constraints.txt pyproject.toml

wheel: setup ## Build dist/*.whl
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## Remove what was made
	rm -rf $(VENV) build dist demo/index.html .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
