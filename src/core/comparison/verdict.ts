/** What a comparison may end with. */
export const VERDICTS = ['faster', 'slower', 'same', 'inconclusive', 'not-comparable', 'none'] as const
export type Verdict = (typeof VERDICTS)[number]

/** What one metric may end with. */
export type MetricVerdict = Extract<Verdict, 'faster' | 'slower' | 'same' | 'inconclusive'>

/**
 * What an interval of head ÷ base (of times: more is slower) says against a tolerance (0.05 for 5 %). A claim is made
 * only where the whole interval supports it; without an interval there is none.
 */
export function verdictOf(interval: readonly [low: number, high: number] | null, tolerance: number): MetricVerdict {
  if (interval === null) return 'inconclusive'
  const [low, high] = interval
  const [fastest, slowest] = [1 / (1 + tolerance), 1 + tolerance]
  if (low > slowest) return 'slower'
  if (high < fastest) return 'faster'
  return low >= fastest && high <= slowest ? 'same' : 'inconclusive'
}

/** One slower metric makes the whole slower, else one that is not known leaves it open. No metric at all is no pass. */
export function overallVerdict(verdicts: readonly MetricVerdict[]): MetricVerdict {
  if (verdicts.includes('slower')) return 'slower'
  if (verdicts.length === 0 || verdicts.includes('inconclusive')) return 'inconclusive'
  return verdicts.includes('faster') ? 'faster' : 'same'
}
