import type { ModelStatus, RunnerStatus, Status } from './status.js'

/** The values of enumerations of the real Navigator 0.14.0 (`configuration/__init__.py`, `commands/base.py`). */
const COMMAND_STATUSES = new Set(['OK', 'FAIL', 'NOOP', 'INITIALIZED', 'SKIPPED'])
const FORMATS = new Set([
  ...['python', 'torch', 'tensorflow', 'jax', 'torchscript', 'torch-exportedprogram', 'tf-savedmodel'],
  ...['tf-trt', 'torch-trt', 'onnx', 'trt'],
])
const DTYPE =
  /^(?:bool|u?int(?:8|16|32|64)|float(?:16|32|64|128)|complex(?:64|128|256)|object|str|bytes|[<>|=]?[?a-zA-Z]\d*|(?:datetime|timedelta)64(?:\[.*\])?|torch\.bfloat16)$/
const REQUIRED_CONFIG = [
  'framework',
  'target_formats',
  'target_device',
  'sample_count',
  'runner_names',
  'custom_configs',
]
const CONFIG_FIELDS = new Set([
  ...REQUIRED_CONFIG,
  ...['optimization_profile', 'batch_dim', 'seed', '_input_names', '_output_names', 'from_source', 'model_precision'],
  ...['verbose', 'debug'],
])
const ROW_FIELDS = [
  ...['avg_latency', 'std_latency', 'p50_latency', 'p90_latency', 'p95_latency', 'p99_latency', 'throughput'],
  'request_count',
]
const MOST_OBSTACLES = 20

/**
 * What the real Navigator 0.14.0 would stumble over in a status that makes sense otherwise: one sentence each, the first
 * 20 and how many more there are. Loading it there fails, or, of `config`, using it.
 */
export function obstaclesOf(status: Status): string[] {
  const obstacles = [
    ...Object.entries(status.models_status).flatMap(([key, model]) => modelObstacles(`models_status.${key}`, model)),
    ...tensorObstacles('input_metadata', status.input_metadata),
    ...tensorObstacles('output_metadata', status.output_metadata),
    ...configObstacles(status.config),
  ]
  const more = obstacles.length - MOST_OBSTACLES
  return more > 0 ? [...obstacles.slice(0, MOST_OBSTACLES), `And ${String(more)} more of that kind.`] : obstacles
}

function modelObstacles(path: string, model: ModelStatus): string[] {
  const { format } = model.model_config
  return [
    ...(FORMATS.has(format)
      ? []
      : [stumble(`${path}.model_config.format`, `is ${quoted(format)}, which it does not know`)]),
    ...statusObstacles(`${path}.status`, model['status']),
    ...Object.entries(model.runners_status).flatMap(([name, runner]) =>
      runnerObstacles(`${path}.runners_status.${name}`, runner),
    ),
  ]
}

function runnerObstacles(path: string, { status, result }: RunnerStatus): string[] {
  const missing = (['Correctness', 'Performance'] as const).flatMap((command) => {
    if (status[command] !== 'OK') return []
    const field = command === 'Correctness' ? 'per_output_tolerance' : 'profiling_results'
    const rows = fieldOf(fieldOf(result, command), field)
    if (!Array.isArray(rows))
      return [stumble(`${path}.result.${command}.${field}`, `is missing, though ${command} is OK`)]
    const needed = command === 'Correctness' ? ['output_name', 'atol', 'rtol'] : ROW_FIELDS
    const lacking = needed.filter((name) => rows.some((row) => fieldOf(row, name) === undefined))
    return lacking.length === 0
      ? []
      : [stumble(`${path}.result.${command}.${field}`, `has rows without ${lacking.join(', ')}`)]
  })
  return [...statusObstacles(`${path}.status`, status), ...missing]
}

function statusObstacles(path: string, statuses: unknown): string[] {
  return Object.entries(typeof statuses === 'object' && statuses !== null ? statuses : {}).flatMap(
    ([command, status]) =>
      COMMAND_STATUSES.has(String(status))
        ? []
        : [stumble(`${path}.${command}`, `is ${quoted(status)}, which it does not know`)],
  )
}

function tensorObstacles(path: string, { metadata }: Status['input_metadata']): string[] {
  return metadata.flatMap(({ name, shape, dtype }) => [
    ...(shape.every((size) => size === -1 || size > 0)
      ? []
      : [stumble(`${path}.metadata.${name}.shape`, 'has a size that is neither -1 nor positive')]),
    ...(DTYPE.test(dtype)
      ? []
      : [stumble(`${path}.metadata.${name}.dtype`, `is ${quoted(dtype)}, which it does not know`)]),
  ])
}

function configObstacles(config: Status['config']): string[] {
  const missing = REQUIRED_CONFIG.filter((field) => config[field] === undefined)
  const unknown = Object.keys(config).filter((field) => !CONFIG_FIELDS.has(field))
  return [
    ...(missing.length > 0 ? [stumble('config', `has no ${missing.join(', ')}`)] : []),
    ...(unknown.length > 0
      ? [stumble('config', `has fields it does not know: ${unknown.slice(0, 5).join(', ')}`)]
      : []),
  ]
}

function stumble(path: string, what: string): string {
  return `The real Navigator cannot use this package: ${path} ${what}.`
}

function quoted(value: unknown): string {
  return JSON.stringify(value).slice(0, 60)
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined
}
