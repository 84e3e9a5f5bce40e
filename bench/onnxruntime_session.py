"""Times requests of one model in Python's ONNX Runtime, as bench/overhead.ts asks.

argv[1] is JSON: the model, the session settings, and each input's name, dtype, shape and file of raw bytes. Prints the
version when the model is loaded. Every line on standard input asks for a block of requests; the answer is their times
in nanoseconds as a JSON list.
"""
import json
import sys
import time

import numpy
import onnxruntime


def load(job):
    levels = onnxruntime.GraphOptimizationLevel
    settings = job["settings"]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = {
        "disabled": levels.ORT_DISABLE_ALL,
        "basic": levels.ORT_ENABLE_BASIC,
        "extended": levels.ORT_ENABLE_EXTENDED,
        "all": levels.ORT_ENABLE_ALL,
    }[settings["graphLevel"]]
    options.intra_op_num_threads = settings["intraOpThreads"]
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = settings["memoryArena"]
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if settings["spinning"] else "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])


def block(session, feeds, warmup, min_requests, min_duration_ms):
    for _ in range(warmup):
        session.run(None, feeds)
    clock = time.perf_counter_ns
    latencies = []
    end = clock() + min_duration_ms * 1_000_000
    while len(latencies) < min_requests or clock() < end:
        start = clock()
        session.run(None, feeds)
        latencies.append(clock() - start)
    return latencies


def main():
    job = json.loads(sys.argv[1])
    session = load(job)
    feeds = {
        one["name"]: numpy.fromfile(one["path"], dtype=one["dtype"]).reshape(one["shape"]) for one in job["inputs"]
    }
    print(json.dumps(onnxruntime.__version__), flush=True)
    for line in sys.stdin:
        rule = json.loads(line)
        times = block(session, feeds, rule["warmupRequests"], rule["minRequests"], rule["minDurationMs"])
        print(json.dumps(times), flush=True)


main()
