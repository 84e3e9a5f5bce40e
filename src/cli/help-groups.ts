import { MODEL_OPTIONS } from '../core/build-options.js'

/** Headings of `--help`, and the flags under each in order; the first is what a newcomer needs. */
export const OPTIMIZE_HELP: ReadonlyMap<string, readonly string[]> = new Map([
  ['Often used:', ['output', 'samples', 'input-shape', 'time-budget', 'summary']],
  ['What to try:', ['device', 'batch-sizes', 'max-batch-size', 'formats', 'runners', 'settings', 'dry-run', 'resume']],
  ['What may win:', ['strategy', 'latency-budget-ms', 'accuracy-budget']],
  [
    'A baseline, and when to fail:',
    [
      ...['baseline', 'tolerance', 'compare-time-budget', 'recorded'],
      ...['min-throughput', 'max-size-mb', 'fail-on', 'on-inconclusive'],
    ],
  ],
  ['Samples:', ['samples-axis', 'input-range', 'seed', 'save-data']],
  [
    'Limits and the machine:',
    ['memory-limit', 'request-timeout', 'load-timeout', 'workspace', 'exclusive', 'wait-for-quiet', 'runtime-dir'],
  ],
  ['Reports:', ['name', 'target', 'json']],
  ['Other:', ['log-level', 'help']],
])

/** The same for `build`, which measures and chooses nothing, but is told of models that are not run. */
export const BUILD_HELP: ReadonlyMap<string, readonly string[]> = new Map(
  [...OPTIMIZE_HELP].map(([heading, names]) => {
    if (heading === 'What to try:')
      return ['Models that are not ONNX:', [...MODEL_OPTIONS.map(({ name }) => name), 'device']]
    return [
      heading,
      ['What may win:', 'A baseline, and when to fail:'].includes(heading)
        ? []
        : names.filter((name) => !['time-budget', 'wait-for-quiet'].includes(name)),
    ]
  }),
)

/** The same for `compare`. */
export const COMPARE_HELP: ReadonlyMap<string, readonly string[]> = new Map([
  ['Often used:', ['tolerance', 'time-budget', 'recorded', 'on-inconclusive', 'summary']],
  ['Samples:', ['samples', 'samples-axis', 'input-shape', 'input-range', 'seed']],
  [
    'Limits and the machine:',
    ['memory-limit', 'request-timeout', 'load-timeout', 'workspace', 'exclusive', 'wait-for-quiet', 'runtime-dir'],
  ],
  ['Other:', ['json', 'log-level', 'help']],
])

export const PROFILE_HELP: ReadonlyMap<string, readonly string[]> = new Map([
  ['Often used:', ['samples', 'batch-sizes', 'concurrency', 'time-budget', 'yaml', 'summary']],
  ['What to measure:', ['max-batch-size', 'formats', 'runners']],
  ['Samples:', ['samples-axis', 'input-shape', 'input-range', 'seed']],
  [
    'Limits and the machine:',
    ['memory-limit', 'request-timeout', 'load-timeout', 'workspace', 'exclusive', 'wait-for-quiet', 'runtime-dir'],
  ],
  ['Reports:', ['json', 'output', 'name', 'target']],
  ['Other:', ['log-level', 'help']],
])
