# Thin: each command is one line of Python that the README also gives for Windows and macOS.
# Nothing leaves this folder: packages go to .venv, results to demo/ and runs/.

PYTHON ?= python3
TORCH ?= torch==2.13.0
CINE ?=

IN_VENV := .venv/bin/python

.PHONY: help demo test test-all bench screenshots clean rendering desktop

help:
	@echo "make demo              denoise the bundled sample cine in a Slicer scene; results in demo/"
	@echo "make demo CINE=path    the same for your own file, or a folder that holds one cine"
	@echo "make test              ruff and the fast tests"
	@echo "make test-all          ruff and every test"
	@echo "make bench             compare with other denoisers on unseen simulated scenes"
	@echo "make screenshots       take the README's pictures of the panel again (needs minutes)"
	@echo "make clean             remove results and caches (.venv and runs/ stay)"
	@echo "Variables: PYTHON=$(PYTHON) (3.10 to 3.13), TORCH=$(TORCH)"

demo: rendering .venv/.ready-demo
	@echo "== Denoising $(if $(CINE),your cine,the bundled sample cine) in a Slicer scene; results in demo/"
	@$(IN_VENV) Testing/demo/run_demo.py $(if $(CINE),"$$CINE")

# What measures time or memory, or trains for minutes, has the machine to itself; the rest shares it, a file to a process.
test: ALONE := timed and not slow
test-all: ALONE := timed or slow
test test-all: rendering desktop .venv/.ready-test
	@$(IN_VENV) Testing/check_machine.py validators
	@echo "== Style (ruff)"
	@$(IN_VENV) -m ruff check .
	@echo "== Tests, two files at a time (make test-all runs the slow ones too)"
	@OMP_NUM_THREADS=1 $(IN_VENV) -m pytest -n 2 --dist loadfile -m "not timed and not slow"
	@echo "== Tests that have the machine to themselves"
	@$(IN_VENV) -m pytest -m "$(ALONE)"

bench: .venv/.ready-benchmark
	@echo "== Comparing with other denoisers on unseen simulated scenes (long; progress below)"
	@$(IN_VENV) -m Testing.benchmark

screenshots: rendering desktop .venv/.ready-test
	@echo "== Driving the panel in the stand-in for Slicer's window; pictures in Resources/Screenshots/"
	@$(IN_VENV) Testing/panel/screenshots.py

clean:
	rm -rf demo build dist *.egg-info .pytest_cache .ruff_cache
	find FluoroDenoise FluoroDenoiseLib Testing Training -name __pycache__ -type d -prune -exec rm -rf {} +

# Looked at first: nobody should wait for an installation to hear that a system library is missing.
rendering desktop:
	@$(PYTHON) Testing/check_machine.py $@

# pip is the last thing that venv makes: a half-made environment is made again.
.venv/bin/pip:
	@$(PYTHON) Testing/check_machine.py python
	@echo "== Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv

# One stamp for each extra of pyproject.toml; a second call finds it and installs nothing.
.venv/.ready-%: pyproject.toml | .venv/bin/pip
	@echo "== Installing FluoroDenoise's packages for '$*' into .venv (the first time up to 3 GB: minutes)"
	@$(IN_VENV) -m pip install --disable-pip-version-check --no-warn-script-location "$(TORCH)" -e ".[$*]"
	@touch $@
