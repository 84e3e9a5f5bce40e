import { z } from 'zod'

/** A number as `read_with_navigator.py` writes it. */
const number = z.union([
  z.number(),
  z.enum(['nan', 'inf', '-inf']).transform((text) => ({ nan: NaN, inf: Infinity, '-inf': -Infinity })[text]),
])

const tensor = z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.string() })

const runtime = z.object({
  key: z.string(),
  runner: z.string(),
  p50LatencyMs: number,
  throughputPerSecond: number,
})

const best = z.record(z.string(), runtime.nullable())

/** How the real Navigator reads a package, as `test/integration/read_with_navigator.py` prints it. */
export const navigatorAnswerSchema = z.object({
  framework: z.string(),
  batchDim: z.number().nullable(),
  isEmpty: z.boolean(),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  models: z.array(
    z.object({
      key: z.string(),
      format: z.string(),
      recomputedKey: z.string(),
      parentKey: z.string().nullable(),
      path: z.string(),
      isSaved: z.boolean(),
      runners: z.array(
        z.object({
          runner: z.string(),
          status: z.array(z.tuple([z.string(), z.string()])),
          results: z.array(z.record(z.string(), number.nullable())),
        }),
      ),
    }),
  ),
  latencyBudgetMs: z.number(),
  best: z.object({ withSource: best, withoutSource: best }),
})

export type NavigatorAnswer = z.infer<typeof navigatorAnswerSchema>
