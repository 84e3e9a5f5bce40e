"""Prints how the real Triton Model Navigator reads packages, as one JSON object by file name.

usage: python read_with_navigator.py [--tree] PACKAGE ...      with --tree also status.yaml as PyYAML reads it

Nothing is run. A package that it refuses has its error as text instead. Numbers that JSON lacks are text: "nan", "inf".
"""
import math
import statistics
import sys
import zipfile

import yaml
from navigator_answers import attempt, print_answers

LATENCIES = ("avg_latency", "std_latency", "p50_latency", "p90_latency", "p95_latency", "p99_latency")
FIGURES = ("batch_size", *LATENCIES, "throughput", "request_count", "avg_gpu_clock")


def plain(value):
    """The value as JSON holds it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key if isinstance(key, str) else f"{type(key).__name__} {key}": plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def tensors(metadata):
    return [{"name": one.name, "shape": list(one.shape), "dtype": str(one.dtype)} for one in metadata.values()]


def model(package, key, status):
    config = status.model_config
    return {
        "key": key,
        "format": config.format.value,
        "recomputedKey": config.key,
        "parentKey": config.parent_key,
        "path": config.path.as_posix(),
        "isSaved": (package.workspace.path / config.path).exists(),
        "runners": [runner(*row) for row in status.runners_status.items()],
    }


def runner(key, status):
    results = status.result.get("Performance", {}).get("profiling_results", [])
    return {
        "runner": key,
        "status": [[command, one.value] for command, one in status.status.items()],
        "results": [{name: getattr(one, name) for name in FIGURES} for one in results],
    }


def best(package, error, strategy, include_source):
    """None where the strategy has no answer."""
    try:
        runtime = package.get_best_runtime(strategies=[strategy], include_source=include_source)
    except error:
        return None
    config, name = runtime.model_status.model_config, runtime.runner_status.runner_name
    return {"key": config.key, "runner": name, "p50LatencyMs": runtime.latency, "throughputPerSecond": runtime.throughput}


def middle_latency(status):
    """A budget that some results keep and others do not."""
    runners = [one for model in status.models_status.values() for one in model.runners_status.values()]
    results = [one for runner in runners for one in runner.result.get("Performance", {}).get("profiling_results", [])]
    latencies = [one.p50_latency for one in results if one.p50_latency is not None and math.isfinite(one.p50_latency)]
    return statistics.median_low(latencies) if latencies else 1.0


def read(nav, package_path):
    package = nav.package.load(package_path, workspace="loaded")
    status = package.status
    budget = middle_latency(status)
    strategies = {
        "max-throughput-and-min-latency": nav.MaxThroughputAndMinLatencyStrategy(),
        "max-throughput": nav.MaxThroughputStrategy(),
        "min-latency": nav.MinLatencyStrategy(),
        "max-throughput-with-latency-budget": nav.MaxThroughputWithLatencyBudgetStrategy(budget),
    }
    error = nav.exceptions.ModelNavigatorRuntimeAnalyzerError

    def every(include_source):
        return {
            name: attempt(lambda: best(package, error, strategy, include_source)) for name, strategy in strategies.items()
        }

    return {
        "framework": package.config.framework.value,
        "batchDim": package.config.batch_dim,
        "isEmpty": package.is_empty(),
        "inputs": tensors(status.input_metadata),
        "outputs": tensors(status.output_metadata),
        "models": [model(package, *row) for row in status.models_status.items()],
        "latencyBudgetMs": budget,
        "best": {"withSource": every(True), "withoutSource": every(False)},
    }


def read_plainly(nav, package_path):
    return plain(read(nav, package_path))


def read_with_tree(nav, package_path):
    with zipfile.ZipFile(package_path) as package:
        tree = yaml.safe_load(package.read("status.yaml"))
    return {**read_plainly(nav, package_path), "tree": plain(tree)}


if __name__ == "__main__":
    with_tree = sys.argv[1] == "--tree"
    print_answers(read_with_tree if with_tree else read_plainly, sys.argv[1 + with_tree :])
