import { z } from 'zod'

/** The status.yaml format this project writes, and the newest the upgrade steps lead to. */
export const FORMAT_VERSION = '0.3.2'

/**
 * status.yaml with its own snake_case names. Objects are loose: keys that are not understood survive a round trip.
 * Field by field: model_navigator 0.14.0, `package/status.py`.
 */
const commandStatus = z.enum(['OK', 'FAIL', 'NOOP', 'INITIALIZED', 'SKIPPED'])
const commandStatuses = z.record(z.string(), commandStatus)
const commandResults = z.record(z.string(), z.unknown())

const runnerStatus = z.looseObject({
  runner_name: z.string(),
  status: commandStatuses,
  result: commandResults.nullish().transform((value) => value ?? {}),
})

const modelStatus = z.looseObject({
  model_config: z.looseObject({
    format: z.string(),
    key: z.string().optional(),
    path: z.string().nullish(),
    parent_key: z.string().nullable(),
    custom_args: z.record(z.string(), z.unknown()).nullish(),
  }),
  runners_status: z.record(z.string(), runnerStatus),
})

const tensorMetadata = z.looseObject({
  name: z.string(),
  shape: z.array(z.number().int()),
  dtype: z.string(),
})

const metadata = z.looseObject({ metadata: z.array(tensorMetadata), pytree_metadata: z.unknown() })

export const statusSchema = z.looseObject({
  format_version: z.string(),
  uuid: z.string(),
  environment: z.record(z.string(), z.unknown()),
  config: z.looseObject({
    framework: z.string(),
    target_formats: z.array(z.string()),
    target_device: z.string(),
    runner_names: z.array(z.string()),
    batch_dim: z.number().int().nullish(),
    custom_configs: z.record(z.string(), z.unknown()),
  }),
  models_status: z.record(z.string(), modelStatus),
  input_metadata: metadata,
  output_metadata: metadata,
  dataloader_trt_profile: z.record(z.string(), z.unknown()),
  dataloader_max_batch_size: z.number().int(),
  timestamp: z.string(),
})

export type Status = z.infer<typeof statusSchema>
export type ModelStatus = Status['models_status'][string]
export type RunnerStatus = ModelStatus['runners_status'][string]
