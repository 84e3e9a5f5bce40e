"""Prints what the real Triton Model Navigator loads from packages, as one JSON object by file name.

Each has the status tree that it would save, the best runtime per strategy, and whether it can be saved. A step that
fails has its error instead. Not-a-number is the text "NaN".
"""

import pathlib
import sys

from navigator_answers import attempt, print_answers


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return "NaN" if isinstance(value, float) and value != value else value


def best(package, strategy):
    runtime = package.get_best_runtime(strategies=[strategy], include_source=True)
    return [runtime.model_status.model_config.key, runtime.runner_status.runner_name, plain(runtime.latency)]


def save(nav, package):
    nav.package.save(package, "saved.nav", override=True)
    return pathlib.Path("saved.nav").is_file()


def ask(nav, package_path):
    package = nav.package.load(package_path, workspace="loaded")
    strategies = (nav.MinLatencyStrategy(), nav.MaxThroughputStrategy(), nav.MaxThroughputWithLatencyBudgetStrategy(1.0))
    return {
        "status": plain(package.status.to_dict(parse=True)),
        "config": attempt(lambda: type(package.config).__name__),
        "best": {type(strategy).__name__: attempt(lambda: best(package, strategy)) for strategy in strategies},
        "saved": attempt(lambda: save(nav, package)),
    }


if __name__ == "__main__":
    print_answers(ask, sys.argv[1:])
