import { METRICS, type MetricName } from './comparison/metrics.js'
import { option, type OptionReader } from './option-reader.js'
import type { CompareRequest } from './request.js'

/** What `compare` is asked, and `optimize` of its baseline in the same words. */

const DEFAULT_TOLERANCE = METRICS.map((metric) => `${metric}=5%`).join(',')

export const TOLERANCE = option(
  'tolerance',
  'NAME=5%,…',
  `How much slower still counts as the same: of ${METRICS.join(' and ')}, or one share such as 5% for both.`,
  DEFAULT_TOLERANCE,
)

export const RECORDED = option(
  'recorded',
  'true|false',
  'Compare what the packages say they were measured at, and run nothing.',
  'false',
)

export const ON_INCONCLUSIVE = option(
  'on-inconclusive',
  'warn|fail',
  'What to do when nothing can be said for sure, or the two cannot be compared.',
  'warn',
)

/** Reads {@link TOLERANCE} as shares by metric; one that is not named has the default. */
export function readTolerances(reader: OptionReader): CompareRequest['tolerances'] {
  const tolerances: Record<MetricName, number> = { 'latency-p50': NaN, throughput: NaN }
  const parts = reader.list('tolerance') ?? []
  const [only] = parts
  const all = only !== undefined && parts.length === 1 ? parseShare(only) : null
  if (all !== null) return { 'latency-p50': all, throughput: all }
  for (const part of [...DEFAULT_TOLERANCE.split(','), ...parts]) {
    const [name = '', text = ''] = part.split('=').map((one) => one.trim())
    const metric = METRICS.find((one) => one === name)
    const share = parseShare(text)
    if (metric !== undefined && share !== null) tolerances[metric] = share
    else reader.problem('tolerance', `is not ${DEFAULT_TOLERANCE} or the like: "${part}" is no metric with a share`)
  }
  return tolerances
}

/** `5%` as 0.05; null for anything that is no share above 0 and below 10. */
function parseShare(text: string): number | null {
  const digits = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1]
  const share = Number(digits) / 100
  return digits !== undefined && share > 0 && share < 10 ? share : null
}
