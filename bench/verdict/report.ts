import { analyse, runToRun, type SettingResult } from './analysis.js'
import { calibrationsOf, experimentsOf, type KeptLine } from './kept.js'
import { effectText, fullPlan } from './plan.js'
import { type Rate, rateInterval, rateOf, rateText } from './rate.js'

/** Experiments that are resampled for each setting. */
const DRAWS = 10_000

/** Prints all rates with what they must reach; true when every one reaches it and the plan is complete. */
export function printReport(kept: readonly KeptLine[], draws = DRAWS): boolean {
  const experiments = experimentsOf(kept)
  const planned = fullPlan()
  const done = planned.filter(({ id }) => experiments.some((one) => one.id === id)).length
  const unchanged = experiments.filter(({ effect }) => effect === 0)
  const alarms = rateOf(unchanged, ({ verdict }) => verdict === 'slower')
  const figures = [
    line(`experiments made: ${done} of ${planned.length}`, done === planned.length),
    line(`A/A as they were made, quiet and busy: red ${rateText(alarms)}`, alarms.count === 0, ', to reach 0'),
    ...calibrationsOf(kept).map(({ model, effect, truth }) => {
      const interval = truth.interval?.map((end) => end.toFixed(4)).join(', ') ?? 'too few for an interval'
      const text = `${model}, ${effectText(effect)} is in truth × ${truth.ratio.toFixed(4)} [${interval}]`
      return line(`${text}, ${truth.generations} generations`, null)
    }),
    ...analyse(experiments, draws).flatMap(linesOf),
    ...runToRun(experiments).flatMap(({ model, cpu, experiments, median, p95, recorded }) => {
      const [half, most] = [median, p95].map((share) => `${(100 * share).toFixed(1)} %`)
      const runs = `${model} on ${cpu}, ${experiments} quiet runs at different times`
      return [
        line(`${runs}: two differ by ${half} (median), 19 of 20 by up to ${most}`, null),
        line(`${runs}: two are slower by recorded figures, at t = 5 %, ${rateText(recorded)}`, null),
      ]
    }),
  ]
  for (const { text } of figures) process.stdout.write(text)
  return figures.every(({ met }) => met !== false)
}

interface Line {
  readonly text: string
  readonly met: boolean | null
}

function line(text: string, met: boolean | null, toReach = ''): Line {
  const ending = met === null ? '' : `${toReach}: ${met ? 'met' : 'not met'}`
  return { text: `verdict, ${text}${ending}\n`, met }
}

function linesOf(result: SettingResult): Line[] {
  const { title, setting, live, toVerdict, inconclusive, ordinary } = result
  const time =
    toVerdict === null
      ? 'there was no other verdict'
      : `other verdicts came after ${toVerdict.seconds.toFixed(0)} s, ${toVerdict.generations.toFixed(0)} generations (median)`
  const what = setting.effect === 0 ? 'red' : 'found'
  const made = [
    line(`${title}, live: ${what} ${rateText(live)}`, ...reached(result, live, true)),
    line(`${title}, live: inconclusive ${rateText(inconclusive)}; ${time}`, null),
  ]
  return [
    ...(live.of === 0 ? [] : made),
    line(`${title}, resampled: ${what} ${rateText(result.resampled)}`, ...reached(result, result.resampled, false)),
    ...[...ordinary].map(([name, rate]) => line(`${title}, fixed ratio, ${name}: ${what} ${rateText(rate)}`, null)),
  ]
}

/**
 * Whether a rate reaches the figure. No A/A that was really made may be red. The few experiments with an effect that
 * were really made need only not contradict the figure: the upper end of their interval decides.
 */
function reached({ setting, figure }: SettingResult, rate: Rate, isLive: boolean): [met: boolean | null, text: string] {
  if (figure === null) return [null, '']
  const share = rate.count / rate.of
  const percent = `${Math.round(100 * figure)} %`
  if (setting.effect === 0)
    return isLive ? [rate.count === 0, ', to reach 0'] : [share <= figure, `, at most ${percent}`]
  return [(isLive ? rateInterval(rate)[1] : share) >= figure, `, at least ${percent}`]
}
