"""Makes the packages of test/fixtures/navigator with the real Triton Model Navigator 0.14.0 on the CPU.

usage: python scripts/make-navigator-fixtures.py [NAME ...]      all of them without a name

Beside each package NAME.nav stands NAME.expected.json: how the Navigator reads it.

Needs the packages of test/integration/navigator-requirements.txt and torch 2.13. What the Navigator wrote is kept but
for what tells of the machine that ran it or is its own text: its scripts and logs, the environment, the unique id (it
holds a network address), and the source locations inside of exported models.
"""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import uuid
import zipfile

import model_navigator as nav
import numpy
import onnx
import torch
import yaml
from model_navigator.configuration import OnnxDynamoExportConfig, OnnxTraceExportConfig
from onnx import TensorProto, helper, numpy_helper

TESTS = pathlib.Path(__file__).resolve().parent.parent / "test"
FOLDER = TESTS / "fixtures" / "navigator"
READER = TESTS / "integration" / "read_with_navigator.py"
NOT_KEPT = (".py", ".sh", ".log")
EARLIEST = (1980, 1, 1, 0, 0, 0)
QUICK = {"window_size": 5, "stability_percentage": 90.0, "max_trials": 5, "max_batch_size": 4}
ENVIRONMENT = {
    "cpu": {
        "name": "Example CPU",
        "physical_cores": 4,
        "logical_cores": 8,
        "min_frequency": 800.0,
        "max_frequency": 3600.0,
    },
    "memory": "16.0G",
    "gpu": {"name": "n/a", "driver_version": "n/a", "memory": "n/a", "tdp": "n/a", "cuda_version": "n/a"},
    "os": {"name": "posix", "platform": "Linux", "release": "6.1.0"},
    "python_version": "3.11.7",
    "python_packages": {"numpy": "1.26.4", "onnx": "1.23.2", "onnxruntime": "1.30.0", "packaging": "24.2"},
    "libraries": {},
}


torch_onnx_export = torch.onnx.export


def export_as_before(*values, fallback=None, **options):
    """The Navigator passes an option that torch 2.13 does not have any more."""
    return torch_onnx_export(*values, **options)


torch.onnx.export = export_as_before


class TwoLayers(torch.nn.Module):
    """One tensor in, one out."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = torch.nn.Linear(4, 8)
        self.second = torch.nn.Linear(8, 3)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


class Embedding(torch.nn.Module):
    """Arguments by name, a map of tensors out."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table = torch.nn.Embedding(10, 4)

    def forward(self, ids, mask):
        embedded = self.table(ids) * mask.unsqueeze(-1)
        return {"embedded": embedded, "sum": embedded.sum(1)}


def random_floats(*shape):
    return numpy.random.default_rng(0).normal(size=shape).astype("float32")


def onnx_file(folder, inputs, outputs, nodes, weights=()):
    """A model file; inputs and outputs are `(name, element type, shape)`."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    file = folder / "given.onnx"
    onnx.save(model, file)
    return file


def optimize_onnx(folder, model, samples, batching=True):
    return nav.onnx.optimize(
        model=onnx_file(folder, **model),
        dataloader=samples,
        batching=batching,
        target_formats=(nav.Format.ONNX,),
        target_device=nav.DeviceKind.CPU,
        optimization_profile=quick(batching),
        workspace=folder / "workspace",
    )


def optimize_torch(folder, model, samples, formats, **more):
    return nav.torch.optimize(
        model=model,
        dataloader=samples,
        target_formats=formats,
        target_device=nav.DeviceKind.CPU,
        optimization_profile=quick(True),
        runners=("TorchCPU", "TorchScriptCPU", "TorchExportedProgramCPU", "OnnxCPU"),
        workspace=folder / "workspace",
        **more,
    )


def quick(batching):
    return nav.OptimizationProfile(**(QUICK if batching else {**QUICK, "max_batch_size": None}))


def torch_export(folder):
    samples = [torch.from_numpy(random_floats(1, 4)) for _ in range(2)]
    return optimize_torch(folder, TwoLayers(), samples, (nav.Format.TORCHSCRIPT, nav.Format.ONNX))


def torch_dynamo(folder):
    samples = [torch.from_numpy(random_floats(2, 4)) for _ in range(2)]
    engines = [OnnxTraceExportConfig(), OnnxDynamoExportConfig(dynamo_dynamic_shapes=True)]
    configs = [nav.OnnxConfig(export_engine=engines)]
    formats = (nav.Format.TORCH_EXPORTEDPROGRAM, nav.Format.ONNX)
    return optimize_torch(folder, TwoLayers(), samples, formats, custom_configs=configs)


def torch_by_name(folder):
    named = {"ids": torch.tensor([[1, 2, 3]]), "mask": torch.tensor([[1.0, 1.0, 0.0]])}
    samples = [{**named, "ids": torch.tensor([[index, 2, 3]])} for index in range(10)]
    return optimize_torch(folder, Embedding(), samples, (nav.Format.ONNX,), output_names=("embedded", "sum"))


def onnx_batch(folder):
    model = {
        "inputs": [("x", TensorProto.FLOAT, ["batch", 4])],
        "outputs": [("y", TensorProto.FLOAT, ["batch", 3])],
        "nodes": [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Relu", ["m"], ["y"])],
        "weights": [("w", random_floats(4, 3))],
    }
    return optimize_onnx(folder, model, [{"x": random_floats(1, 4)} for _ in range(3)])


def onnx_no_batch(folder):
    model = {
        "inputs": [("x", TensorProto.FLOAT, [2, "length", 4])],
        "outputs": [("y", TensorProto.FLOAT, [2, 4])],
        "nodes": [helper.make_node("ReduceMean", ["x", "axes"], ["y"], keepdims=0)],
        "weights": [("axes", numpy.array([1]))],
    }
    samples = [{"x": random_floats(2, length, 4)} for length in (3, 5)]
    return optimize_onnx(folder, model, samples, batching=False)


def onnx_dtypes(folder):
    # By name: the Navigator gives the values of a sample to the inputs of the graph in that order.
    types = {
        "bool": TensorProto.BOOL,
        "float16": TensorProto.FLOAT16,
        "float32": TensorProto.FLOAT,
        "float64": TensorProto.DOUBLE,
        "int32": TensorProto.INT32,
        "int64": TensorProto.INT64,
        "int8": TensorProto.INT8,
        "uint8": TensorProto.UINT8,
    }
    model = {
        "inputs": [(f"in_{name}", kind, ["batch", 2]) for name, kind in types.items()],
        "outputs": [(f"out_{name}", types[name], ["batch", 2]) for name in types if name != "bool"]
        + [("out_where", TensorProto.FLOAT, ["batch", 2])],
        "nodes": [helper.make_node("Identity", [f"in_{name}"], [f"out_{name}"]) for name in types if name != "bool"]
        + [helper.make_node("Where", ["in_bool", "in_float32", "zero"], ["out_where"])],
        "weights": [("zero", numpy.zeros(1, "float32"))],
    }
    sample = {f"in_{name}": numpy.array([[0, 1]]).astype(name) for name in types}
    return optimize_onnx(folder, model, [sample])


def onnx_bool_output(folder):
    model = {
        "inputs": [("a b: 'c'", TensorProto.FLOAT, ["batch", 2])],
        "outputs": [("größer", TensorProto.BOOL, ["batch", 2])],
        "nodes": [helper.make_node("Greater", ["a b: 'c'", "zero"], ["größer"])],
        "weights": [("zero", numpy.zeros(1, "float32"))],
    }
    return optimize_onnx(folder, model, [{"a b: 'c'": random_floats(1, 2)}])


def double(x):
    return x * 2


def python_function(folder):
    return nav.python.optimize(
        model=double,
        dataloader=[random_floats(1, 3)],
        target_device=nav.DeviceKind.CPU,
        optimization_profile=quick(True),
        workspace=folder / "workspace",
    )


def repack(source, target, name):
    """Writes what the Navigator saved, without what tells of the machine or is its own text."""
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as kept:
        for entry in given.infolist():
            if entry.filename.endswith(NOT_KEPT):
                continue
            neutral = zipfile.ZipInfo(entry.filename, EARLIEST)
            neutral.external_attr = entry.external_attr
            kept.writestr(neutral, neutral_content(entry.filename, given.read(entry), name))


def neutral_content(entry, content, name):
    if entry == "status.yaml":
        status = yaml.safe_load(content)
        status.update(environment=ENVIRONMENT, uuid=str(uuid.uuid5(uuid.NAMESPACE_DNS, name)))
        return yaml.safe_dump(status, sort_keys=False).encode()
    if entry.endswith(".pt"):
        return without_source_locations(content)
    if entry.endswith(".onnx"):
        return without_documentation(content)
    return content


def without_source_locations(content):
    """TorchScript runs without them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(buffer, "w") as kept:
        for entry in given.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                kept.writestr(zipfile.ZipInfo(entry.filename, EARLIEST), given.read(entry))
    return buffer.getvalue()


def without_documentation(content):
    model = onnx.load_from_string(content)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    return model.SerializeToString()


MAKERS = {
    "torch-export": torch_export,
    "torch-dynamo": torch_dynamo,
    "torch-by-name": torch_by_name,
    "onnx-batch": onnx_batch,
    "onnx-no-batch": onnx_no_batch,
    "onnx-dtypes": onnx_dtypes,
    "onnx-bool-output": onnx_bool_output,
    "python-function": python_function,
}


def make(name):
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        folder = pathlib.Path(scratch)
        nav.package.save(MAKERS[name](folder), folder / "saved.nav")
        repack(folder / "saved.nav", FOLDER / f"{name}.nav", name)
    expect(name)


def expect(name):
    read = subprocess.run([sys.executable, READER, FOLDER / f"{name}.nav"], check=True, stdout=subprocess.PIPE)
    answer = json.loads(read.stdout)[f"{name}.nav"]
    (FOLDER / f"{name}.expected.json").write_text(json.dumps(answer, indent=2) + "\n")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    names = sys.argv[1:] or list(MAKERS)
    if len(names) == 1:
        return make(names[0])
    # The Navigator's report of one run spoils that of the next in the same process.
    for name in names:
        subprocess.run([sys.executable, __file__, name], check=True)


# The Navigator starts processes that import this file again.
if __name__ == "__main__":
    main()
