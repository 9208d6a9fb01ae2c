# `make demo` trains on photos and prints how good the result is; `make test` checks everything.
# Both make a virtual environment in .venv with the versions of constraints.txt.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Photos to train on: class folders, a zip, a CSV. Without any, hands are rendered.
PHOTOS ?=
# Pre-trained weights: `builtin`, a .safetensors file, `imagenet` (from the model hub), or `none`.
WEIGHTS ?=
# Limit on training in minutes: 10, or 5 with rendered hands.
TIME_LIMIT ?=
OUT ?= runs/demo
# `no` leaves the browser alone.
OPEN ?= yes

.PHONY: demo test test-slow check bench docs parts clean

demo: $(VENV)/.train
	$(BIN)/python examples/demo.py --photos "$(PHOTOS)" --weights "$(WEIGHTS)" --time-limit "$(TIME_LIMIT)" --out "$(OUT)" \
		$(if $(filter no,$(OPEN)),--no-open)

# two processes, one thread each (tests/conftest.py); worksteal: neither ends with nothing to do
test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal

# what takes minutes: whole runs, killed and resumed
test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench.throughput

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

$(VENV)/.train: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[train]"
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[train,dev]"
	touch $@ $(VENV)/.train

# the graphs of the built-in networks, which come with the package
parts: $(VENV)/.dev
	$(BIN)/python -m pretrain.graph_parts

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
