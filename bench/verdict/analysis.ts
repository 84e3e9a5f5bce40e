import { judgeRecorded, runToRunOf } from '../../src/core/comparison/recorded.js'
import { median, quantile } from '../../src/core/measurement/statistics.js'
import { mulberry32 } from '../../src/core/plan/random-samples.js'
import { decide } from './decision.js'
import type { Experiment } from './kept.js'
import { isRed, PAIRINGS } from './ordinary-rule.js'
import { EFFECTS, effectText, EXPERIMENT_MS, type Neighbour, RECORDED_MS, type Setting } from './plan.js'
import { type Rate, rateOf } from './rate.js'
import { type Recorded, resampled } from './resampling.js'

/** What came of all experiments of one setting. */
export interface SettingResult {
  readonly title: string
  readonly setting: Setting
  /** The share that must be `slower` at least, with an effect, or at most, without one; null where it is only told. */
  readonly figure: number | null
  /** How often the gate said `slower`: of those made at this tolerance, and of resampled experiments. */
  readonly live: Rate
  readonly resampled: Rate
  /** How often it said `inconclusive` live. */
  readonly inconclusive: Rate
  /** Median seconds and generations to a verdict other than `inconclusive`, live; null where there was none. */
  readonly toVerdict: { readonly seconds: number; readonly generations: number } | null
  /** How often the rule of ordinary benchmark actions is red, by what it compares. */
  readonly ordinary: ReadonlyMap<string, Rate>
}

/** Tolerances at which A/A experiments are resampled; they are made at the first. */
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
  const live = made.filter((one) => one.tolerance === tolerance)
  const recorded = made.map(recordedOf)
  const decided = live.filter(({ verdict }) => verdict !== 'inconclusive')
  const random = mulberry32(SEED)
  const drawn = Array.from({ length: draws }, () => decide(resampled(recorded, random), tolerance))
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
            seconds: median(decided.map(({ verdictMs }) => verdictMs)) / 1000,
            generations: median(decided.map(({ verdictGenerations }) => verdictGenerations)),
          },
    ordinary: new Map(
      [...PAIRINGS].map(([name, pairing]) => {
        const pairs = Array.from({ length: draws }, () => pairing(recorded, random))
        return [name, rateOf(pairs, ({ base, head }) => isRed(base, head, tolerance))]
      }),
    ),
  }
}

/** What every experiment has: its first minute. What was made after it depends on the verdict. */
export function recordedOf(experiment: Experiment): Recorded {
  const { baseMs, headMs, spentMs } = experiment
  const first = Math.round(baseMs.length * Math.min(1, RECORDED_MS / spentMs))
  const generations = Math.round((baseMs.length * EXPERIMENT_MS) / spentMs)
  return { kind: kindOf(experiment), generations, baseMs: baseMs.slice(0, first), headMs: headMs.slice(0, first) }
}

const kindOf = ({ model, fingerprint }: Experiment): string => `${model}, ${JSON.stringify(fingerprint)}`

/** How far apart the same files were on one machine at different moments: what recorded figures have to allow for. */
export interface RunToRun {
  readonly model: string
  readonly cpu: string
  readonly experiments: number
  /** Of all pairs of experiments, by how much the slower one's base took longer: the median and the 95th percentile. */
  readonly median: number
  readonly p95: number
  /** How often recorded figures of two of them, in either order, are called slower at a tolerance of 5 %. */
  readonly recorded: Rate
}

/** Of every model and machine with two quiet experiments at least. */
export function runToRun(experiments: readonly Experiment[]): RunToRun[] {
  const quiet = experiments.filter(({ neighbour }) => neighbour === 'quiet')
  const kinds = new Map(quiet.map((one) => [kindOf(one), one]))
  return [...kinds].flatMap(([kind, { model, fingerprint }]) => {
    const alike = quiet.filter((one) => kindOf(one) === kind)
    const pairs = alike.flatMap((base) => alike.filter((head) => head !== base).map((head) => [base, head] as const))
    const changes = pairs.map(([base, head]) => median(head.baseMs) / median(base.baseMs) - 1).filter((one) => one >= 0)
    const sorted = changes.sort((a, b) => a - b)
    const figures = { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) }
    const recorded = rateOf(pairs, ([base, head]) => recordedVerdict(base, head) === 'slower')
    const cpu = fingerprint.cpu ?? 'unknown'
    return pairs.length === 0 ? [] : [{ model, cpu, experiments: alike.length, ...figures, recorded }]
  })
}

/** What `compare --recorded` says of two runs of the same files. */
function recordedVerdict(base: Experiment, head: Experiment): string | undefined {
  const [baseMs, headMs] = [base.baseMs, head.baseMs]
  const evidence = { name: 'latency-p50', tolerance: 0.05, pairId: 'only', baseMs, headMs }
  const [judgement] = judgeRecorded([evidence], runToRunOf(head.fingerprint))
  return judgement?.verdict
}
