import { median } from '../../src/core/measurement/statistics.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import { decide } from './decision.js'
import type { Experiment } from './kept.js'
import { isRed, PAIRINGS } from './ordinary-rule.js'
import { EFFECTS, effectText, type Neighbour, type Setting } from './plan.js'
import { type Rate, rateOf } from './rate.js'
import { resampled } from './resampling.js'

/** What came of all experiments of one setting. */
export interface SettingResult {
  readonly title: string
  readonly setting: Setting
  /** The share that must be `slower` at least, with an effect, or at most, without one; null where it is only told. */
  readonly figure: number | null
  /** How often the gate said `slower`: as it was made, and of resampled experiments. */
  readonly live: Rate
  readonly resampled: Rate
  /** How often it said `inconclusive` live. */
  readonly inconclusive: Rate
  /** Median seconds and generations to a verdict other than `inconclusive`, live; null where there was none. */
  readonly toVerdict: { readonly seconds: number; readonly generations: number } | null
  /** How often the rule of ordinary benchmark actions is red, by what it compares. */
  readonly ordinary: ReadonlyMap<string, Rate>
}

/** Tolerances at which A/A experiments are judged; they are made at the first. */
const TOLERANCES = [0.05, 0.02, 0.01]
/** The most false alarms of resampled experiments, as a share. */
export const FALSE_ALARMS = 0.01
/** Every setting draws the same experiments, however many settings there are. */
const SEED = 1

/** Results of every setting that has an experiment; `draws` is how many are resampled for each. */
export function analyse(experiments: readonly Experiment[], draws: number): SettingResult[] {
  return settingsToTell().flatMap(({ figure, ...setting }) => {
    const made = experiments.filter(
      ({ effect, neighbour }) => effect === setting.effect && neighbour === setting.neighbour,
    )
    return made.length === 0 ? [] : [resultOf(setting, figure, made, draws)]
  })
}

function settingsToTell(): (Setting & { readonly figure: number | null })[] {
  const neighbours: readonly Neighbour[] = ['quiet', 'busy']
  return neighbours.flatMap((neighbour) => [
    ...TOLERANCES.map((tolerance) => ({ effect: 0, tolerance, neighbour, figure: FALSE_ALARMS })),
    ...EFFECTS.map((one) => ({ ...one, neighbour, figure: neighbour === 'quiet' ? one.figure : null })),
  ])
}

function resultOf(setting: Setting, figure: number | null, made: readonly Experiment[], draws: number): SettingResult {
  const { tolerance } = setting
  const live = made.map((one) => liveVerdict(one, tolerance))
  const decided = live.filter(({ verdict }) => verdict !== 'inconclusive')
  const random = mulberry32(SEED)
  const drawn = Array.from({ length: draws }, () => decide(resampled(made, random), tolerance).verdict)
  return {
    title: `${effectText(setting.effect)} at t = ${Math.round(100 * tolerance)} %, ${setting.neighbour}`,
    setting,
    figure,
    live: rateOf(live, ({ verdict }) => verdict === 'slower'),
    resampled: rateOf(drawn, (verdict) => verdict === 'slower'),
    inconclusive: rateOf(live, ({ verdict }) => verdict === 'inconclusive'),
    toVerdict:
      decided.length === 0
        ? null
        : {
            seconds: median(decided.map(({ ms }) => ms)) / 1000,
            generations: median(decided.map(({ generations }) => generations)),
          },
    ordinary: new Map(
      [...PAIRINGS].map(([name, pairing]) => {
        const pairs = Array.from({ length: draws }, () => pairing(made, random))
        return [name, rateOf(pairs, ({ base, head }) => isRed(base, head, tolerance))]
      }),
    ),
  }
}

interface LiveVerdict {
  readonly verdict: string
  readonly generations: number
  readonly ms: number
}

/** What the gate said; at another tolerance than it was asked at, what it would have said of the same generations. */
function liveVerdict(experiment: Experiment, tolerance: number): LiveVerdict {
  if (tolerance === experiment.tolerance) {
    const { verdict, verdictGenerations, verdictMs } = experiment
    return { verdict, generations: verdictGenerations, ms: verdictMs }
  }
  const { verdict, generations } = decide(experiment, tolerance)
  return { verdict, generations, ms: (experiment.spentMs * generations) / experiment.baseMs.length }
}
