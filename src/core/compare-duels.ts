import type { Serving, Servings, Side, SideName } from './compare-sides.js'
import type { MetricName } from './comparison/metrics.js'
import type { SessionSettings } from './plan/candidate.js'
import { defaultSettings, isSameSettings } from './plan/settings.js'

/** What a side serves with, and the session settings it is measured at. */
export interface Lane extends Serving {
  readonly settings: SessionSettings
}

/** Base and head as they are measured against each other, and the metrics that tells of. */
export interface Duel {
  readonly metrics: readonly MetricName[]
  readonly base: Lane
  readonly head: Lane
}

/**
 * Pairs what the two sides serve with. Settings were tuned to a machine: each side keeps its own where that was this
 * one; else both are measured at the head's, or at the defaults where it has none either. Metrics that the same pair
 * tells of are measured once.
 */
export function duelsOf(
  sides: Readonly<Record<SideName, Pick<Side, 'isTunedHere'>>>,
  servings: { readonly base: Servings; readonly head: Servings },
  allowedCores: number,
): { readonly duels: readonly Duel[]; readonly notes: readonly string[] } {
  const areOwn = sides.base.isTunedHere && sides.head.isTunedHere
  const isMeasured = servings.base.measured !== null && servings.head.measured !== null
  const pair = (metric: 'latency' | 'throughput'): { base: Lane; head: Lane } => {
    // What is known of one alone would be held against what is not known of the other.
    const of = ({ plain, measured }: Servings): Serving => (isMeasured ? (measured?.[metric] ?? plain) : plain)
    const [base, head] = [of(servings.base), of(servings.head)]
    const common = settingsHere(head.tuned, allowedCores)
    return {
      base: { ...base, settings: areOwn ? settingsHere(base.tuned, allowedCores) : common },
      head: { ...head, settings: common },
    }
  }
  const [latency, throughput] = [pair('latency'), pair('throughput')]
  const isOne = isSame(latency.base, throughput.base) && isSame(latency.head, throughput.head)
  const duels: Duel[] = isOne
    ? [{ metrics: ['latency-p50', 'throughput'], ...latency }]
    : [
        { metrics: ['latency-p50'], ...latency },
        { metrics: ['throughput'], ...throughput },
      ]
  return { duels, notes: notesOn(servings, { areOwn, isMeasured, isTuned: duels.some(isTuned) }) }
}

/** Whether two lanes could be told apart by measuring: not with the same model, settings and batch size. */
export function isSame(one: Lane, other: Lane): boolean {
  return (
    one.sha256 === other.sha256 && one.batchSize === other.batchSize && isSameSettings(one.settings, other.settings)
  )
}

/** More threads than cores would measure the machine rather than the model. */
function settingsHere(tuned: SessionSettings | null, allowedCores: number): SessionSettings {
  if (tuned === null) return defaultSettings(allowedCores)
  const { graphLevel, spinning, memoryArena } = tuned
  return { graphLevel, intraOpThreads: Math.min(tuned.intraOpThreads, allowedCores), spinning, memoryArena }
}

const isTuned = ({ base, head }: Duel): boolean => base.tuned !== null || head.tuned !== null

function notesOn(
  { base, head }: { readonly base: Servings; readonly head: Servings },
  facts: { readonly areOwn: boolean; readonly isMeasured: boolean; readonly isTuned: boolean },
): string[] {
  if (!facts.isMeasured) {
    const unmeasured = [...(base.measured === null ? ['base'] : []), ...(head.measured === null ? ['head'] : [])]
    const who = unmeasured.length === 1 ? `The ${unmeasured.join('')} holds` : 'The packages hold'
    return [
      `${who} no measurements that can be used here: the first model of each was compared, one item at a time, at default session options.`,
    ]
  }
  if (!facts.isTuned || facts.areOwn) return []
  return ["Not both were tuned on this machine: the head's session settings were used for both."]
}
