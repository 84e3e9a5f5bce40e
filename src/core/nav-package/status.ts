import { z } from 'zod'

/** The status.yaml format this project writes, and the newest the upgrade steps lead to. */
export const FORMAT_VERSION = '0.3.2'

/**
 * status.yaml with its own snake_case names: what the real Navigator (0.14.0, `package/status.py`) needs to load one, and
 * the types of what it may hold. Keys that are not understood are allowed everywhere, and nothing is changed by checking.
 * What it does not load but a reader can make sense of, such as a command status of tomorrow, is no problem here: see
 * `obstacles.ts`.
 */
const anyMap = z.record(z.string(), z.unknown())
const commandStatuses = z.record(z.string(), z.string())

const runnerStatus = z.looseObject({
  runner_name: z.string(),
  status: commandStatuses,
  result: z.record(z.string(), z.unknown()).nullish(),
})

const modelStatus = z.looseObject({
  model_config: z.looseObject({
    format: z.string(),
    key: z.string().optional(),
    path: z.string().nullish(),
    parent_key: z.string().nullable(),
    custom_args: anyMap.nullish(),
  }),
  runners_status: z.record(z.string(), runnerStatus),
})

/** One problem for a whole shape: a list of a million texts is one mistake. */
const shape = z.custom<number[]>((value) => Array.isArray(value) && value.every((size) => Number.isInteger(size)), {
  error: 'expected a list of whole numbers',
})

const tensorMetadata = z.looseObject({ name: z.string(), shape, dtype: z.string() })

const metadata = z.looseObject({ metadata: z.array(tensorMetadata), pytree_metadata: anyMap })

export const statusSchema = z.looseObject({
  format_version: z.string(),
  uuid: z.string(),
  environment: anyMap,
  config: z.looseObject({
    framework: z.string().optional(),
    target_formats: z.array(z.string()).optional(),
    target_device: z.string().optional(),
    runner_names: z.array(z.string()).optional(),
    batch_dim: z.number().int().nullish(),
    custom_configs: anyMap.optional(),
  }),
  models_status: z.record(z.string(), modelStatus),
  input_metadata: metadata,
  output_metadata: metadata,
  dataloader_trt_profile: anyMap,
  dataloader_max_batch_size: z.number().int(),
  timestamp: z.string(),
})

export type Status = z.infer<typeof statusSchema>
export type ModelStatus = Status['models_status'][string]
export type RunnerStatus = ModelStatus['runners_status'][string]

const MOST_PROBLEMS = 50

/** Checks a tree against the schema and gives it back as it is, or what is wrong with it. */
export function checkStatus(tree: Readonly<Record<string, unknown>>): { status: Status } | { problems: string[] } {
  const problems: string[] = []
  return isStatus(tree, problems) ? { status: tree } : { problems }
}

/** A type guard, so that the tree itself is kept with its order of keys, and not the schema's copy of it. */
function isStatus(tree: Readonly<Record<string, unknown>>, problems: string[]): tree is Status {
  problems.push(...problemsOf(statusSchema, tree))
  return problems.length === 0
}

/** One sentence for each wrong field, by its path: the first 50, and how many more there are. */
export function problemsOf(schema: z.ZodType, tree: unknown): string[] {
  const issues = schema.safeParse(tree).error?.issues ?? []
  const problems = issues.slice(0, MOST_PROBLEMS).map((issue) => {
    const path = issue.path.map(String)
    const isMissing = issue.code === 'invalid_type' && !hasField(tree, path)
    const problem = isMissing
      ? `is missing; expected a ${issue.expected}${HINTS.get(path.at(-1) ?? '') ?? ''}`
      : issue.message
    return `${path.join('.') || 'status.yaml'}: ${problem}`
  })
  const more = issues.length - MOST_PROBLEMS
  return more > 0 ? [...problems, `and ${String(more)} more`] : problems
}

/** How to mend what the real Navigator fails at with KeyError. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['parent_key', ', or null for a model that was not converted from another'],
  ['runner_name', ', the key that the runner has'],
  ['pytree_metadata', ' with metadata, which may be null, and tensor_type'],
])

function hasField(tree: unknown, path: readonly string[]): boolean {
  let value = tree
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
    value = new Map<string, unknown>(Object.entries(value)).get(name)
  }
  return true
}
