import { z } from 'zod'

import { problemsOf, type Shape } from './shape.js'
import { isTree, type Tree } from './upgrade/tree.js'

/** The status.yaml format this project writes, and the newest the upgrade steps lead to. */
export const FORMAT_VERSION = '0.3.2'

/**
 * status.yaml with its own snake_case names: what the real Navigator (0.14.0, `package/status.py`) needs to load one, and
 * the types of what it may hold. Keys that are not understood are allowed everywhere, and nothing is changed by checking.
 * What it does not load but a reader can make sense of, such as a command status of tomorrow, is no problem here: see
 * `obstacles.ts`.
 */
const anyMap = z.custom<Record<string, unknown>>(isTree, { error: 'expected a map' })

/** Of lists and maps of plain values there is one problem, however many of them are wrong. */
const texts = z.custom<string[]>((value) => Array.isArray(value) && value.every(isText), {
  error: 'expected a list of texts',
})
const sizes = z.custom<number[]>((value) => Array.isArray(value) && value.every(Number.isInteger), {
  error: 'expected a list of whole numbers',
})
const commandStatuses = z.custom<Record<string, string>>(
  (value) => isTree(value) && Object.values(value).every(isText),
  {
    error: 'expected a map of commands to texts',
  },
)

const runnerFields = {
  runner_name: z.string(),
  status: commandStatuses,
  result: anyMap.nullish(),
}

const modelConfigFields = {
  format: z.string(),
  key: z.string().optional(),
  path: z.string().nullish(),
  parent_key: z.string().nullable(),
  custom_args: anyMap.nullish(),
}

const modelFields = {
  model_config: z.custom<Loose<typeof modelConfigFields>>(isTree, { error: 'expected a map' }),
  runners_status: z.custom<Record<string, RunnerStatus>>(isTree, { error: 'expected a map' }),
}

const tensorFields = { name: z.string(), shape: sizes, dtype: z.string() }

const metadataFields = {
  metadata: z.custom<Loose<typeof tensorFields>[]>(Array.isArray, { error: 'expected a list of tensors' }),
  pytree_metadata: anyMap,
}

const configFields = {
  framework: z.string().optional(),
  target_formats: texts.optional(),
  target_device: z.string().optional(),
  runner_names: texts.optional(),
  batch_dim: z.number().int().nullish(),
  custom_configs: anyMap.optional(),
}

const statusFields = {
  format_version: z.string(),
  uuid: z.string(),
  environment: anyMap,
  config: z.custom<Loose<typeof configFields>>(isTree, { error: 'expected a map' }),
  models_status: z.custom<Record<string, ModelStatus>>(isTree, { error: 'expected a map' }),
  input_metadata: z.custom<Loose<typeof metadataFields>>(isTree, { error: 'expected a map' }),
  output_metadata: z.custom<Loose<typeof metadataFields>>(isTree, { error: 'expected a map' }),
  dataloader_trt_profile: anyMap,
  dataloader_max_batch_size: z.number().int(),
  timestamp: z.string(),
}

/** A map with these fields and any others. */
type Loose<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields, z.core.$loose>>

export type RunnerStatus = Loose<typeof runnerFields>
export type ModelStatus = Loose<typeof modelFields>
export type Status = Loose<typeof statusFields>

const METADATA: Shape = {
  schema: z.object(metadataFields),
  fields: { metadata: { schema: z.unknown(), entries: { schema: z.object(tensorFields) } } },
}

const MODEL: Shape = {
  schema: z.object(modelFields),
  fields: {
    model_config: { schema: z.object(modelConfigFields) },
    runners_status: { schema: z.unknown(), entries: { schema: z.object(runnerFields) } },
  },
}

const STATUS: Shape = {
  schema: z.object(statusFields),
  fields: {
    config: { schema: z.object(configFields) },
    models_status: { schema: z.unknown(), entries: MODEL },
    input_metadata: METADATA,
    output_metadata: METADATA,
  },
}

/** Checks a tree and gives it back as it is, or what is wrong with it. */
export function checkStatus(tree: Tree): { status: Status } | { problems: string[] } {
  const problems: string[] = []
  return isStatus(tree, problems) ? { status: tree } : { problems }
}

/** A type guard, so that the tree itself is kept with its order of keys, and not a schema's copy of it. */
function isStatus(tree: Tree, problems: string[]): tree is Status {
  problems.push(...problemsOf(STATUS, tree))
  return problems.length === 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
