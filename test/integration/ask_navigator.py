"""Prints what the real Triton Model Navigator makes of packages, as one JSON object by file name.

Each has the models (recomputed key, path, SHA-256 of that file), the best runtime per strategy, the status of a
profile, and the SHA-256 of every file that it deploys to Triton. A step that fails has its error instead.
"""
import hashlib
import pathlib
import sys

from navigator_answers import attempt, print_answers


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def models(package):
    found = {}
    for key, model in package.status.models_status.items():
        config = model.model_config
        file = package.workspace.path / config.path
        found[key] = {"recomputed": config.key, "path": str(config.path), "sha256": sha256(file)}
    return found


def best(package, strategy):
    runtime = package.get_best_runtime(strategies=[strategy], include_source=False)
    return [runtime.model_status.model_config.key, runtime.runner_status.runner_name]


def profile(nav, package):
    batch_sizes = {} if package.config.batch_dim is None else {"batch_sizes": [1]}
    quick = {"window_size": 10, "max_trials": 50, "stability_percentage": 90}
    result = nav.package.profile(package, target_device=nav.DeviceKind.CPU, **batch_sizes, **quick)
    return {
        key: {runner: one["status"] for runner, one in model["runners"].items()}
        for key, model in result.to_dict()["models"].items()
    }


def deploy(nav, package, repository):
    nav.triton.model_repository.add_model_from_package(
        model_repository_path=repository, model_name="model", package=package
    )
    files = [file for file in (repository / "model").rglob("*") if file.is_file()]
    return {str(file.relative_to(repository / "model")): sha256(file) for file in files}


def ask(nav, package_path):
    package = nav.package.load(package_path, workspace="loaded")
    strategies = (nav.MinLatencyStrategy(), nav.MaxThroughputStrategy())
    return {
        "models": models(package),
        "best": {type(strategy).__name__: attempt(lambda: best(package, strategy)) for strategy in strategies},
        "profile": attempt(lambda: profile(nav, package)),
        "triton": attempt(lambda: deploy(nav, package, pathlib.Path("repository"))),
    }


# Profiling spawns processes that import this file again.
if __name__ == "__main__":
    print_answers(ask, sys.argv[1:])
