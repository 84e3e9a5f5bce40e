"""Prints what the real Triton Model Navigator finds in packages that it loads and saves again, as one JSON object."""
import sys
import zipfile

from navigator_answers import print_answers


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


if __name__ == "__main__":
    print_answers(load, sys.argv[1:])
