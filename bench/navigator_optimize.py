"""Runs the real Navigator's own ONNX optimization on the CPU and saves the package, as bench/optimize-time.ts asks.

argv[1] is JSON: the model, the folder of samples (npz), the batch sizes, the file to save to. Prints as JSON the status
of every command of the only runner, and the mean latency in milliseconds of every batch size it measured.
"""
import json
import os
import pathlib
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")


def optimize(nav, numpy, job, scratch):
    samples = [dict(numpy.load(file)) for file in sorted(pathlib.Path(job["samples"]).glob("*.npz"))]
    package = nav.onnx.optimize(
        model=pathlib.Path(job["model"]),
        dataloader=samples,
        target_formats=(nav.Format.ONNX,),
        target_device=nav.DeviceKind.CPU,
        runners=("OnnxCPU",),
        # Its default would leave out the larger sizes once throughput stops growing.
        optimization_profile=nav.OptimizationProfile(batch_sizes=job["batchSizes"], throughput_cutoff_threshold=None),
        workspace=pathlib.Path(scratch) / "workspace",
    )
    nav.package.save(package, pathlib.Path(job["output"]), override=True)
    runner = package.status.models_status["onnx"].runners_status["OnnxCPU"]
    measured = runner.result.get("Performance", {}).get("profiling_results", [])
    return {
        "status": {command: status.value for command, status in runner.status.items()},
        "latenciesMs": [result.avg_latency for result in measured],
    }


# The Navigator starts processes that import this file again.
if __name__ == "__main__":
    stdout = os.dup(1)
    os.dup2(2, 1)  # The libraries print to standard output as well.
    import model_navigator
    import numpy

    with tempfile.TemporaryDirectory() as scratch:
        answer = optimize(model_navigator, numpy, json.loads(sys.argv[1]), scratch)
    os.write(stdout, json.dumps(answer).encode())
