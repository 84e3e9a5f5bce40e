/**
 * `reproduce_navpkg.py`, the same in every package: what differs is in its arguments and in the record. A text, so that
 * every bundle of this code carries the same bytes.
 */
export const REPRODUCTION_SCRIPT = String.raw`"""Runs an ONNX model of this package again: checks its outputs and measures it as navpkg did.

Needs Python 3.8 or later with onnxruntime and numpy, and nothing else. The .sh beside this file has the arguments of
the model that lies there; what it is given is added to them. Session settings, batch sizes and the figures to compare
with come from navpkg/run-record.json; arguments go before them.

Exit code: 0 when the outputs are as stored (or none are stored), 1 when they differ, 2 when nothing could be run.
"""
import os
import sys

FOLDER = os.path.dirname(os.path.realpath(__file__))
# Anyone may have put files into this package: modules are never looked for among them.
sys.path = [path for path in sys.path if os.path.realpath(path) != FOLDER]

import argparse
import io
import json
import math
import pathlib
import time
import zipfile

try:
    import numpy
    import onnxruntime
except ImportError as error:
    print(f"{error}. Install what is missing: pip install numpy onnxruntime", file=sys.stderr)
    sys.exit(2)

DTYPES = {
    "tensor(float16)": "float16",
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32",
    "tensor(uint64)": "uint64",
    "tensor(bool)": "bool",
    "tensor(string)": "str",
}
GRAPH_LEVELS = {
    "disabled": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
STABLE_WINDOWS = 3
MOST_WINDOWS = 10


class Unusable(Exception):
    """Nothing can be run; the message is for the user."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="model.onnx", help="the model file, from the folder of this script")
    parser.add_argument("--candidate", help="id in the record whose settings and figures are used")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=1x3x48x192[:BATCH_AXIS]", help="shape of one request")
    parser.add_argument("--output-axis", action="append", default=[], metavar="NAME=BATCH_AXIS", help="batch axis of an output")
    parser.add_argument("--input-range", action="append", default=[], metavar="NAME=LOW:HIGH", help="bounds of random inputs")
    parser.add_argument("--batch-sizes", metavar="N,N", help="default: those of the record")
    parser.add_argument("--threads", type=int, help="threads inside one operator")
    parser.add_argument("--graph-level", choices=list(GRAPH_LEVELS), help="how far ONNX Runtime optimizes the graph")
    parser.add_argument("--spinning", choices=["true", "false"], help="whether idle threads spin")
    parser.add_argument("--memory-arena", choices=["true", "false"], help="whether memory is kept between requests")
    parser.add_argument("--tolerance", type=float, help="largest relative RMS difference of an output")
    parser.add_argument("--seconds", type=float, default=10.0, help="longest time to measure one batch size")
    return parser.parse_args()


def shown(name):
    """A stranger's name on one line, whatever is in it."""
    return repr(name)


def assignments(values, parse):
    """NAME=VALUE split at the last "=": names may hold any character. They are UTF-8 whatever the locale is."""
    parsed = {}
    for value in values:
        name, _, text = os.fsencode(value).decode("utf-8").rpartition("=")
        try:
            parsed[name] = parse(text)
        except ValueError:
            raise Unusable(f"{shown(value)} is not NAME=VALUE as --help shows it.") from None
    return parsed


def parse_input(text):
    sizes, _, axis = text.partition(":")
    return [int(size) for size in sizes.split("x")] if sizes else [], int(axis) if axis else None


def parse_range(text):
    low, high = text.split(":")
    return float(low), float(high)


def package_folder():
    """The folder that the package was unpacked to."""
    for folder in [pathlib.Path(FOLDER), *pathlib.Path(FOLDER).parents][:8]:
        if (folder / "status.yaml").is_file():
            return folder
    return pathlib.Path(FOLDER)


def read_record(root):
    try:
        return json.loads((root / "navpkg" / "run-record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def candidate_of(record, wanted):
    if wanted is None:
        return None
    candidates = (record or {}).get("candidates", [])
    for candidate in candidates:
        if candidate.get("id") == wanted:
            return candidate
    known = ", ".join(shown(candidate.get("id")) for candidate in candidates) or "none"
    raise Unusable(f"The record navpkg/run-record.json has no candidate {shown(wanted)}; it has {known}.")


def settings_of(args, candidate):
    """The session settings: an argument, else what the record says of the candidate, else ONNX Runtime's defaults."""
    recorded = (candidate or {}).get("settings", {})
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    as_bool = {"true": True, "false": False}
    return {
        "threads": args.threads or recorded.get("intraOpThreads", cores),
        "graph level": args.graph_level or recorded.get("graphLevel", "all"),
        "spinning": as_bool.get(args.spinning, recorded.get("spinning", True)),
        "memory arena": as_bool.get(args.memory_arena, recorded.get("memoryArena", True)),
    }


def open_session(model, settings):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = GRAPH_LEVELS[settings["graph level"]]
    options.intra_op_num_threads = settings["threads"]
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = settings["memory arena"]
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if settings["spinning"] else "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise Unusable(f"The model cannot be loaded: {shown(str(error))}") from None


def run_once(session, names, feeds):
    """The answers as arrays."""
    try:
        return [numpy.asarray(answer) for answer in session.run(names, feeds)]
    except Exception as error:
        raise Unusable(f"The model cannot be run: {shown(str(error))}") from None


def read_npz(file):
    """Arrays by name. Not numpy.load, which takes the array x for x.npy where both are there. Never a pickle."""
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        for entry in archive.namelist():
            name = entry[:-4] if entry.endswith(".npy") else entry
            arrays[name] = numpy.lib.format.read_array(io.BytesIO(archive.read(entry)), allow_pickle=False)
    return arrays


def with_batch_axis(array, rank):
    """Samples of models with a batch axis are stored without it."""
    return numpy.expand_dims(array, 0) if array.ndim == rank - 1 else array


def stored_sample(root, session, shapes):
    """The first stored profiling sample that fits the model and the shapes measured, with its outputs; else None."""
    for file in sorted((root / "model_input" / "profiling").glob("*.npz"), key=lambda file: (len(file.name), file.name)):
        sample = read_npz(file)
        inputs = {}
        for declared in session.get_inputs():
            shape = shapes[declared.name] if declared.name in shapes else declared.shape
            if declared.name in sample:
                inputs[declared.name] = with_batch_axis(sample[declared.name], len(shape))
        fits = all(name in inputs and list(inputs[name].shape) == shape for name, shape in shapes.items())
        if not fits or len(inputs) < len(session.get_inputs()):
            continue
        answer = root / "model_output" / "profiling" / file.name
        return inputs, read_npz(answer) if answer.is_file() else {}
    return None


def random_sample(session, shapes, ranges):
    generator = numpy.random.default_rng(0)
    inputs = {}
    for declared in session.get_inputs():
        if declared.name not in shapes:
            raise Unusable(f"No sample is stored and no shape given for the input {shown(declared.name)}; add --input NAME=SHAPE.")
        shape, dtype = shapes[declared.name], DTYPES[declared.type]
        low, high = ranges.get(declared.name, (0, 1))
        if dtype == "str":
            inputs[declared.name] = numpy.full(shape, "a")
        elif dtype.startswith("float"):
            inputs[declared.name] = numpy.asarray(generator.uniform(low, high, shape), dtype)
        else:
            inputs[declared.name] = numpy.asarray(generator.integers(int(low), int(high), shape, endpoint=True)).astype(dtype)
    return inputs


def repeated(arrays, axes, batch_size):
    """Each array so many times along its batch axis; as it is where it has none."""
    if batch_size is None:
        return arrays
    return {
        name: array if axes.get(name) is None else numpy.concatenate([array] * batch_size, axes[name])
        for name, array in arrays.items()
    }


def difference(expected, got):
    """Relative RMS; for texts, with the share of those that differ. None where there is nothing to compare with."""
    if expected.dtype.kind in "USO" or got.dtype.kind in "USO":
        same = numpy.asarray(expected, str) == numpy.asarray(got, str)
        return math.sqrt(1 - same.mean()) if same.size else 0.0
    wanted, found = numpy.asarray(expected, "float64"), numpy.asarray(got, "float64")
    if not numpy.isfinite(wanted).all():
        return None
    error = math.sqrt(float(numpy.square(wanted - found).sum()))
    norm = math.sqrt(float(numpy.square(wanted).sum()))
    return 0.0 if error == 0 else error / norm if norm > 0 else math.inf


def tolerance_of(args, record, candidate, name):
    """1e-3, or more where the record says that this model differs more from itself."""
    if args.tolerance is not None:
        return args.tolerance
    noise = ((record or {}).get("reference") or {}).get("noise") or 0
    outputs = (candidate or {}).get("correctness", {}).get("outputs", [])
    recorded = [output.get("relativeRms") or 0 for output in outputs if output.get("name") == name]
    return max([1e-3, 10 * noise, *[2 * rms for rms in recorded]])


def check(args, record, candidate, expected, got):
    """Prints how far each output is from what is stored; gives whether all are close enough."""
    judged = ((record or {}).get("reference") or {}).get("deterministic", True)
    agrees = True
    for name, wanted in expected.items():
        found = got.get(name)
        allowed = tolerance_of(args, record, candidate, name)
        if found is None or wanted.shape != found.shape:
            result = "is missing" if found is None else f"has the shape {found.shape}, not {wanted.shape}"
            apart = True
        else:
            rms = difference(wanted, found)
            apart = rms is not None and not rms <= allowed
            result = "is not compared: the stored one is not finite" if rms is None else f"relative RMS {rms:.1e} (at most {allowed:.1e})"
        agrees = agrees and not (apart and judged)
        print(f"  output {shown(name)}: {result}{'' if not apart else ' DIFFERS' if judged else ' (the model does not repeat itself)'}")
    return agrees


def measure(run, window, stability, seconds):
    """Windows of requests until the last ones agree, as navpkg measures. Milliseconds of those last windows."""
    for _ in range(3):
        run()
    windows = []
    deadline = time.perf_counter() + seconds
    while len(windows) < MOST_WINDOWS:
        latencies = []
        while len(latencies) < window and (time.perf_counter() < deadline or not latencies):
            start = time.perf_counter_ns()
            run()
            latencies.append((time.perf_counter_ns() - start) / 1e6)
        windows.append(latencies)
        means = [sum(one) / len(one) for one in windows[-STABLE_WINDOWS:]]
        if time.perf_counter() >= deadline or len(means) == STABLE_WINDOWS and max(means) - min(means) <= stability / 100 * max(means):
            break
    return [latency for one in windows[-STABLE_WINDOWS:] for latency in one]


def figures(latencies, batch_size):
    mean = sum(latencies) / len(latencies)
    return float(numpy.median(latencies)), mean, 1000 * (batch_size or 1) / mean


def recorded_figures(measurement):
    if measurement is None:
        return None
    latency = measurement["latencyMs"]
    p50 = (latency.get("p50") or {}).get("value", math.nan)
    return p50, latency["mean"]["value"], measurement["throughputPerSecond"]


def row(label, source, values):
    p50, mean, throughput = values
    return f"{label:>10}  {source:<9} {p50:>10.4f} {mean:>10.4f} {throughput:>14.1f}"


def batch_sizes_of(args, measurements, axes):
    if args.batch_sizes:
        return [int(size) for size in args.batch_sizes.split(",")]
    if measurements:
        return [measurement["batchSize"] for measurement in measurements]
    return [1 if any(axis is not None for axis in axes.values()) else None]


def reproduce(args):
    root = package_folder()
    record = read_record(root)
    candidate = candidate_of(record, args.candidate)
    settings = settings_of(args, candidate)
    model = pathlib.Path(FOLDER, args.model)
    session = open_session(model, settings)
    declared = assignments(args.input, parse_input)
    shapes = {name: shape for name, (shape, _) in declared.items()}
    axes = {name: axis for name, (_, axis) in declared.items()}
    output_axes = assignments(args.output_axis, int)
    stored = stored_sample(root, session, shapes)
    inputs, expected = stored or (random_sample(session, shapes, assignments(args.input_range, parse_range)), {})
    host = (record or {}).get("settings", {}).get("runtime") or {}
    print(f"onnxruntime {onnxruntime.__version__}; the record is of {host.get('name', 'no runtime')} {host.get('version', '')}")
    print(f"model {shown(args.model)}, {', '.join(f'{key} {value}' for key, value in settings.items())}")
    print(f"inputs: {'the stored profiling sample' if stored else 'random, in the shapes that were measured'}")

    names = [output.name for output in session.get_outputs()]
    measurements = (candidate or {}).get("measurements", [])
    window = (record or {}).get("settings", {}).get("windowSize", 25)
    stability = (record or {}).get("settings", {}).get("stabilityPercentage", 10)
    by_size = {measurement["batchSize"]: measurement for measurement in measurements}
    agrees = True
    lines = []
    for batch_size in batch_sizes_of(args, measurements, axes):
        feeds = repeated(inputs, axes, batch_size)
        print(f"batch size {batch_size}:" if batch_size else "without batching:")
        got = dict(zip(names, run_once(session, names, feeds)))
        full = {name: with_batch_axis(array, numpy.ndim(got.get(name))) for name, array in expected.items()}
        agrees = check(args, record, candidate, repeated(full, output_axes, batch_size), got) and agrees
        own = figures(measure(lambda: session.run(names, feeds), window, stability, args.seconds), batch_size)
        then = recorded_figures(by_size.get(batch_size))
        lines += [row(batch_size or "-", "here", own), *([] if then is None else [row("", "recorded", then)])]
    print(f"{'batch size':>10}  {'':<9} {'p50 ms':>10} {'mean ms':>10} {'items/s':>14}")
    print("\n".join(lines))
    if not expected:
        print("No outputs are stored in this package: nothing was compared.")
    else:
        print("The outputs are as stored." if agrees else "The outputs DIFFER from those stored in this package.")
    return 0 if agrees else 1


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    try:
        return reproduce(arguments())
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    except Exception as error:
        # Of a sample or a record that is not as navpkg writes them; Python's own exit code would say that outputs differ.
        print(f"The model could not be run again: {type(error).__name__}: {shown(str(error))}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
`
