import type { MetricVerdict } from './verdict.js'
export function judgeRecorded(
  baseMs: readonly number[],
  headMs: readonly number[],
  tolerance: number,
): {
  verdict: MetricVerdict
  ratio: number
  interval: readonly [number, number] | null
  level: number
  reason: string | null
} {
  return {
    verdict: 'inconclusive',
    ratio: headMs.length / baseMs.length,
    interval: null,
    level: tolerance,
    reason: 'todo',
  }
}
