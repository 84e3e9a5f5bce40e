"""Loads files of profiling results into the real Navigator's own class, and prints what it then has, as JSON by file name.

Each has the results as `to_dict` gives them, and whether `to_file` writes the very file again.
"""
import math
import pathlib
import sys

import yaml
from navigator_answers import print_answers


def plain(value):
    """The value as JSON holds it; keys that are no text say their type."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key if isinstance(key, str) else f"{type(key).__name__} {key}": plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def load(data):
    from model_navigator.commands.base import CommandStatus
    from model_navigator.package.profiling_results import (
        ProfilingResult,
        ProfilingResults,
        RunnerProfilingResults,
        RunnerResults,
    )

    def runner(one):
        detailed = {key: [ProfilingResult(**row) for row in rows] for key, rows in one["detailed"].items()}
        return RunnerProfilingResults(**{**one, "status": CommandStatus(one["status"]), "detailed": detailed})

    models = {
        key: RunnerResults(**{**model, "runners": {name: runner(one) for name, one in model["runners"].items()}})
        for key, model in data["models"].items()
    }
    return ProfilingResults(**{**data, "models": models})


def read(_, path):
    text = path.read_text()
    results = load(yaml.safe_load(text))
    again = pathlib.Path("again.yaml")
    results.to_file(again)
    return {"results": plain(results.to_dict()), "isSameFile": again.read_text() == text}


if __name__ == "__main__":
    print_answers(read, sys.argv[1:])
