import { type Peaks, type Prepared, SideFailure } from './compare-answers.js'
import type { Duel, Lane } from './compare-duels.js'
import { type CompareRun, conclude, type DuelTimes, itemsIn, keepPartial, keepTimes } from './compare-record.js'
import { batchAxesOf, type SideName } from './compare-sides.js'
import type { MetricName } from './comparison/metrics.js'
import { type Evidence, judge, lookSchedule } from './comparison/sequential.js'
import { overallVerdict } from './comparison/verdict.js'
import { type Arena, type Contender, measureGeneration, timeOf } from './contest.js'
import { median } from './measurement/statistics.js'
import { mulberry32 } from './plan/random-samples.js'
import { measuredText, tooSlowText } from './report/comparison-explanation.js'
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
    run.watch?.sawGenerations(times[0]?.baseMs ?? [])
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
      const explanation = isTooSlow
        ? tooSlowText(generation.durationMs, duels.length)
        : measuredText(judgements, spentMs)
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
