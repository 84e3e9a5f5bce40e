import { type Peaks, type Prepared, SideFailure } from './compare-answers.js'
import type { Duel, Lane } from './compare-duels.js'
import { type CompareRun, conclude, type DuelTimes, itemsIn, keepPartial, keepTimes } from './compare-record.js'
import { batchAxesOf, type SideName } from './compare-sides.js'
import { type MetricName, METRICS } from './comparison/metrics.js'
import { timesAsMany, unsteadySpeed } from './comparison/open-verdict.js'
import { type Evidence, fewestGenerations, judge, type Judgement, lookSchedule } from './comparison/sequential.js'
import { overallVerdict } from './comparison/verdict.js'
import { type Arena, type Contender, type Generation, measureGeneration, timeOf } from './contest.js'
import { median } from './measurement/statistics.js'
import { mulberry32 } from './plan/random-samples.js'
import { METRIC_TEXT } from './report/change.js'
import { formatDuration, formatMs } from './report/format.js'
import type { Tools } from './run.js'

/** Generations after which it is known how long one takes: the first finds nothing in any cache. */
const TIMED_GENERATIONS = 2

/**
 * Measures base and head generation by generation until the verdict is sure or the time budget is used, and concludes
 * `run`. Throws {@link SideFailure} when a model fails.
 */
export async function measureDuels(
  run: CompareRun,
  prepared: Prepared & { readonly peaks: Peaks },
  tools: Tools,
): Promise<void> {
  const { timeBudgetMs, seed } = run.request
  const { backend, limits, environment } = tools
  const { duels } = prepared
  const arena: Arena = { backend, limits, signal: environment.signal, random: mulberry32(seed + 3) }
  const contenders = duels.map((duel, index) => contendersOf(duel, index, prepared))
  const times = duels.map(() => ({ baseMs: new Array<number>(), headMs: new Array<number>() }))
  const startedMs = performance.now()
  let looks: number[] = []
  for (let made = 1; ; made++) {
    const generation = await measureGeneration(contenders.flat(), arena)
    for (const [id, failure] of generation.failures) throw new SideFailure(sideOf(id), failure)
    contenders.forEach(([base, head], index) => {
      times[index]?.baseMs.push(timeOf(generation, base.id, duels[index]?.base.batchSize ?? null))
      times[index]?.headMs.push(timeOf(generation, head.id, duels[index]?.head.batchSize ?? null))
    })
    const spentMs = performance.now() - startedMs
    const fitting = Math.max(0, Math.floor((timeBudgetMs - spentMs) / generation.durationMs))
    if (made === TIMED_GENERATIONS) looks = lookSchedule(made + fitting, duels.length)
    const isLate = fitting === 0 && made >= TIMED_GENERATIONS
    // Time alone moves the last look: generations turned out faster than the first ones.
    if (made === looks.at(-1) && fitting > 0) looks = [...looks.slice(0, -1), made + fitting]
    const look = lookAt(looks, made, isLate)
    const judgements = judge(evidenceOf(run, duels, times), look, look < 0 ? [] : looks)
    keepTimes(run, duels, times, judgements, spentMs)
    environment.onProgress({
      kind: 'compared',
      generation: made,
      most: looks.at(-1) ?? null,
      ratio: ratioSoFar(times),
    })
    await keepPartial(run, environment)
    const verdict = overallVerdict(judgements.map((one) => one.verdict))
    const isTooSlow = made >= TIMED_GENERATIONS && looks.length === 0
    const isSettled = look >= 0 && (verdict !== 'inconclusive' || look === looks.length - 1)
    if (isTooSlow || isLate || isSettled) {
      const explanation = isTooSlow ? tooSlow(generation, duels.length) : explained(judgements, times, spentMs)
      conclude(run, { verdict, reason: verdict === 'inconclusive' ? 'time-budget' : 'measured', explanation })
      return
    }
  }
}

type Pair = readonly [base: Contender, head: Contender]

function contendersOf(
  { base, head }: Duel,
  index: number,
  { inputs, sides, peaks }: Prepared & { readonly peaks: Peaks },
): Pair {
  const contender = (side: SideName, lane: Lane): Contender => ({
    id: `${side} ${index}`,
    load: { modelPath: lane.file.path, settings: lane.settings },
    request: inputs.profiling,
    batchAxes: batchAxesOf(sides[side]),
    batchSizes: [lane.batchSize],
    peakMemoryBytes: peaks.get(lane) ?? null,
  })
  return [contender('base', base), contender('head', head)]
}

const sideOf = (contenderId: string): SideName => (contenderId.startsWith('base') ? 'base' : 'head')

/** The number of the look that is due, -1 for none; when time is over that is the last one, at what there is. */
const lookAt = (looks: readonly number[], made: number, isLate: boolean): number =>
  isLate ? looks.length - 1 : looks.indexOf(made)

function evidenceOf(
  { request }: CompareRun,
  duels: readonly Duel[],
  times: readonly DuelTimes[],
): Evidence<MetricName>[] {
  return duels.flatMap(({ metrics, base, head }, index) => {
    const { baseMs = [], headMs = [] } = times[index] ?? {}
    return metrics.map((name) => {
      const items = Math.log(itemsIn(name, base) / itemsIn(name, head))
      const logRatios = baseMs.map((base, generation) => Math.log((headMs[generation] ?? NaN) / base) + items)
      return { name, tolerance: request.tolerances[name], pairId: String(index), logRatios }
    })
  })
}

function ratioSoFar([first]: readonly DuelTimes[]): number {
  return median(first?.headMs ?? []) / median(first?.baseMs ?? [])
}

function explained(judgements: readonly Judgement<MetricName>[], times: readonly DuelTimes[], spentMs: number): string {
  const open = judgements.filter(({ verdict }) => verdict === 'inconclusive')
  if (open.length === 0) return 'Measured side by side.'
  const names = METRICS.filter((metric) => open.some(({ name }) => name === metric))
  return [
    `The time budget ended before it was sure whether the head is slower in ${names.map((name) => METRIC_TEXT[name]).join(' and ')}.`,
    ...unsteadiness(times),
    settling(open, spentMs),
  ].join(' ')
}

/** The base's speed is as good as the head's to tell by, and it is what people have seen before. */
function unsteadiness(times: readonly DuelTimes[]): string[] {
  const found = times.map(({ baseMs }) => unsteadySpeed(baseMs)).find((one) => one !== null)
  if (found == null) return []
  const speeds = `${formatMs(found.fastMs)} in some generations and ${formatMs(found.slowMs)} in others`
  return [`The base alone took ${speeds}: this machine, or the host it shares, is not steady.`]
}

/** Longer than this nobody waits for a verdict. */
const LONGEST_MS = 6 * 3_600_000

const wholeMinutes = (ms: number): number => 60_000 * Math.ceil(ms / 60_000)

function settling(open: readonly Judgement[], spentMs: number): string {
  const factors = open.map(timesAsMany)
  const neededMs = spentMs * Math.max(...factors.map((factor) => factor ?? Infinity))
  if (neededMs > LONGEST_MS) return 'A quieter machine or a wider tolerance would settle it; more time hardly would.'
  return `A time budget of about ${formatDuration(wholeMinutes(neededMs))} would settle it here; a quieter machine or a wider tolerance takes less.`
}

function tooSlow({ durationMs }: Generation, pairs: number): string {
  const fewest = fewestGenerations(pairs)
  return (
    `Loading and measuring both once takes ${formatDuration(durationMs)}, and ${fewest} times are needed: ` +
    `give it a time budget of about ${formatDuration(durationMs * (fewest + 1))}.`
  )
}
