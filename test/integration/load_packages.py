"""Prints what the real Triton Model Navigator finds in packages that it loads and saves again, as one JSON object."""
import contextlib
import json
import os
import pathlib
import sys
import tempfile
import warnings
import zipfile

warnings.filterwarnings("ignore")


def load(nav, path):
    package = nav.package.load(path, workspace="loaded")
    nav.package.save(package, "again.nav")
    workspace = package.workspace.path
    return {
        "framework": package.config.framework.value,
        "device": package.config.target_device.value,
        "batch_dim": package.config.batch_dim,
        "inputs": [[one.name, list(one.shape), str(one.dtype)] for one in package.status.input_metadata.values()],
        "outputs": [[one.name, list(one.shape), str(one.dtype)] for one in package.status.output_metadata.values()],
        "models": {
            key: {
                "recomputed": model.model_config.key,
                "exists": (workspace / model.model_config.path).exists(),
                "runners": sorted(model.runners_status),
            }
            for key, model in package.status.models_status.items()
        },
        "again": sorted(name for name in zipfile.ZipFile("again.nav").namelist() if "/model" in name),
    }


def main():
    stdout = os.dup(1)
    os.dup2(2, 1)  # The libraries print to standard output as well.
    import model_navigator

    answers = {}
    for path in [pathlib.Path(argument).resolve() for argument in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
            try:
                answers[path.name] = load(model_navigator, path)
            except Exception as error:
                answers[path.name] = f"{type(error).__name__}: {error}"
    os.write(stdout, json.dumps(answers).encode())


if __name__ == "__main__":
    main()
