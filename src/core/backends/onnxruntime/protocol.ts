import { z } from 'zod'

import { FAILURE_CLASSES, type Stretches } from '../../measurement/outcome.js'
import type { SamplingRule } from '../../measurement/sampling.js'
import type { SessionSettings } from '../../plan/candidate.js'
import { DTYPES, type Tensor } from '../../tensors/tensor.js'

/** What the parent asks of the worker, one at a time; every answer carries the same `id`. */
export type WorkerRequest = { readonly id: number } & WorkerCommand

export type WorkerCommand =
  | {
      readonly kind: 'load'
      readonly modelPath: string
      readonly settings: SessionSettings
      readonly optimizedPath: string | null
    }
  | { readonly kind: 'load-null' }
  | { readonly kind: 'infer'; readonly request: ReadonlyMap<string, Tensor> }
  | {
      readonly kind: 'measure'
      readonly request: ReadonlyMap<string, Tensor>
      readonly batchAxes: ReadonlyMap<string, number>
      readonly batchSize: number | null
      readonly rule: SamplingRule
    }

const tensor = z.object({
  dtype: z.enum(DTYPES),
  shape: z.array(z.number().int().nonnegative()),
  data: z.custom<Tensor['data']>(
    (value) => ArrayBuffer.isView(value) || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  ),
})

const spec = z.object({
  name: z.string(),
  dtype: z.enum(DTYPES),
  shape: z.array(z.union([z.number().int(), z.string(), z.null()])),
  batchAxis: z.null(),
})

const floats = z.custom<Float64Array>((value) => value instanceof Float64Array)
const integers = z.custom<Int32Array>((value) => value instanceof Int32Array)

/** One of each for every stretch, and every stretch ends after the one before. */
function areStretches({ end, ...counts }: Stretches): boolean {
  const isAscending = end.every((value, index) => value > (end[index - 1] ?? 0))
  return isAscending && Object.values(counts).every((values) => values.length === end.length)
}

/** What each command answers. A hostile model may own the worker, so every answer is checked against these. */
export const ANSWERS = {
  load: z.object({ loadMs: z.number(), inputs: z.array(spec), outputs: z.array(spec) }),
  'load-null': z.object({ loadMs: z.number(), inputs: z.array(spec), outputs: z.array(spec) }),
  infer: z.map(z.string(), tensor),
  measure: z.object({
    latencyNs: floats,
    window: integers,
    warmupCount: z.number().int(),
    stable: z.boolean(),
    span: z.object({ startNs: z.number(), endNs: z.number() }),
    stretches: z
      .object({ end: integers, wallNs: floats, runQueueNs: floats, gcNs: floats, throttledNs: floats })
      .refine(areStretches),
    involuntarySwitches: z.number().nullable(),
    clockChanged: z.boolean(),
  }),
} as const satisfies Record<WorkerCommand['kind'], z.ZodType>

/** Everything the worker may say. `progress` shows that requests are being answered; `windowMs` ends a window. */
export const workerMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('progress'), id: z.number(), windowMs: z.number().nullable() }),
  z.object({ kind: z.literal('answer'), id: z.number(), value: z.unknown() }),
  z.object({ kind: z.literal('failure'), id: z.number(), failureClass: z.enum(FAILURE_CLASSES), message: z.string() }),
])

export type WorkerMessage = z.infer<typeof workerMessage>
