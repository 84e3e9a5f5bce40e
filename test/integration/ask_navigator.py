"""Prints what the real Triton Model Navigator makes of a package, as one JSON object: keys, winners, profile, export."""
import json
import os
import pathlib
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")


def ask(nav, package_path):
    package = nav.package.load(package_path, workspace="loaded")
    answer = {"keys": {}, "best": {}}
    for key, model in package.status.models_status.items():
        answer["keys"][key] = {"recomputed": model.model_config.key, "path": str(model.model_config.path)}
    for strategy in (nav.MinLatencyStrategy(), nav.MaxThroughputStrategy()):
        best = package.get_best_runtime(strategies=[strategy], include_source=False)
        winner = [best.model_status.model_config.key, best.runner_status.runner_name]
        answer["best"][type(strategy).__name__] = winner
    result = nav.package.profile(
        package,
        target_device=nav.DeviceKind.CPU,
        batch_sizes=[1],
        window_size=10,
        max_trials=50,
        stability_percentage=90,
    )
    answer["profile"] = result.to_dict()["models"]["onnx"]["runners"]["OnnxCPU"]["status"]
    repository = pathlib.Path("repository")
    nav.triton.model_repository.add_model_from_package(
        model_repository_path=repository, model_name="model", package=package
    )
    files = [str(file.relative_to(repository / "model")) for file in repository.rglob("*") if file.is_file()]
    answer["triton"] = sorted(files)
    return answer


# Profiling spawns processes that import this file again.
if __name__ == "__main__":
    path = pathlib.Path(sys.argv[1]).resolve()
    stdout = os.dup(1)
    os.dup2(2, 1)  # The libraries print to standard output as well.
    import model_navigator

    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        answer = ask(model_navigator, path)
        os.chdir("/")
    os.write(stdout, json.dumps(answer, default=str).encode())
