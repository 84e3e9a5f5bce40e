import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'

import { MANIFEST_ENTRY, manifestJson } from '../../src/core/nav-package/manifest.js'
import type { ModelStatus, RunnerStatus, Status } from '../../src/core/nav-package/status.js'
import { printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { writeNpz } from '../../src/core/tensors/npz.js'
import type { Tensor } from '../../src/core/tensors/tensor.js'
import { goodModels } from '../models/make-models.js'
import { makeStatus } from './make-status.js'
import { makeZip } from './make-zip.js'

/** What is in a package, by entry name; status.yaml among it. */
export type Content = Map<string, string | Uint8Array>

/** A whole package of the MLP as the real Navigator would save it: one sample of each kind, no manifest. */
export async function packageContent(status: Status = mlpStatus()): Promise<Content> {
  const [input, output] = [await sample('x', 16), await sample('y', 4)]
  const content: Content = new Map<string, string | Uint8Array>([
    ['status.yaml', printStatusYaml(status)],
    ['onnx/model.onnx', goodModels.mlp().bytes],
  ])
  for (const set of ['profiling', 'correctness', 'conversion']) {
    content.set(`model_input/${set}/0.npz`, input).set(`model_output/${set}/0.npz`, output)
  }
  return content
}

/** The content with a manifest that fits it. */
export function withManifest(content: Content): Content {
  const entries = [...content].map(([name, given]) => {
    const bytes = Buffer.from(given)
    return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
  return new Map([...content, [MANIFEST_ENTRY, manifestJson(entries)]])
}

/** Writes a package with exactly this content and gives its name back. */
export function writeContent(file: string, content: Content): string {
  writeFileSync(file, makeZip([...content].map(([name, bytes]) => ({ name, content: bytes }))))
  return file
}

/** A status whose tensors are those of the MLP. */
export function mlpStatus(changes: Partial<Status> = {}): Status {
  const status = makeStatus({ cpu: { name: 'Example CPU', logical_cores: 8 } })
  const tensor = (name: string, size: number): Status['input_metadata'] => ({
    metadata: [{ name, shape: [-1, size], dtype: 'float32' }],
    pytree_metadata: { metadata: { [name]: name }, tensor_type: 'numpy' },
  })
  return { ...status, input_metadata: tensor('x', 16), output_metadata: tensor('y', 4), ...changes }
}

/** A row of `models_status`. */
export function modelRow(
  format: string,
  path: string | null,
  runners: readonly RunnerStatus[] = [],
  status: Record<string, string> = {},
): ModelStatus {
  return {
    model_config: { format, path, parent_key: null },
    runners_status: Object.fromEntries(runners.map((runner) => [runner.runner_name, runner])),
    status,
  }
}

/** A runner's row with `[batch size, p50 ms, items per second]` figures. */
export function runnerRow(name: string, figures: readonly [number, number, number][]): RunnerStatus {
  const results = figures.map(([batch_size, p50, throughput]) => ({
    ...{ sample_id: 0, batch_size, throughput, request_count: 50, avg_gpu_clock: null, detailed_results: {} },
    ...{ avg_latency: p50, std_latency: 0, p50_latency: p50, p90_latency: p50, p95_latency: p50, p99_latency: p50 },
  }))
  return {
    runner_name: name,
    status: { Correctness: 'OK', Performance: 'OK' },
    result: { Correctness: { per_output_tolerance: [] }, Performance: { profiling_results: results } },
  }
}

/** An npz of one float32 vector. */
export async function sample(name: string, length: number, first = 0): Promise<Uint8Array> {
  const tensor: Tensor = {
    dtype: 'float32',
    shape: [length],
    data: new Float32Array(length).fill(0.5).fill(first, 0, 1),
  }
  return writeNpz(new Map([[name, tensor]]))
}
