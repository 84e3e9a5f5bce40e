import { type Evidence, judge, type Judgement, lookSchedule } from '../src/core/comparison/sequential.js'
import type { MetricVerdict } from '../src/core/comparison/verdict.js'
import { mulberry32 } from '../src/core/plan/random-samples.js'
import { generations, POPULATIONS } from '../test/comparison/populations.js'
import { gauss } from '../test/measurement/request-noise.js'

/** How many generations the time allows. */
const MOST = 40
const FALSE_ALARMS = 0.01
/** Effects in multiples of the tolerance; at 1 the truth is just what is tolerated. */
const EFFECTS = [0, 1, 1.5, 2, 2.5, 3, 4]

/**
 * The gate on simulated generations, with two metrics that are measured apart: how often it says `slower` by the true
 * slow-down, the tolerance and the noise of one generation, and how often falsely on the simulated machines of the tests.
 * Met when no row has more than one false alarm in a hundred, within what the number of experiments can tell.
 */
export function simulatedVerdicts({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const experiments = quick ? 200 : 4000
  printPower(experiments)
  return Promise.resolve(printFalseAlarms(experiments))
}

function printPower(experiments: number): void {
  print(`One metric slower, the other equal; up to ${MOST} generations, ${experiments} experiments a figure.`)
  print('Each: share called slower, median generations until both metrics were decided or the looks were over.\n')
  const title = EFFECTS.map((effect) => (effect === 0 ? 'equal: same' : `+${effect} t`))
  print(row(['tolerance t', 'noise', ...title]))
  print(row(['---', '---', ...title.map(() => '---')]))
  for (const tolerance of [0.05, 0.02, 0.01]) {
    for (const noise of [0.01, 0.02, 0.04]) {
      const cells = EFFECTS.map((effect) => cellOf(effect, tolerance, noise, experiments))
      print(row([percent(tolerance), percent(noise), ...cells]))
    }
  }
}

/** `97 % in 16`. */
function cellOf(effect: number, tolerance: number, noise: number, experiments: number): string {
  const random = mulberry32(1)
  const draw = (ratio: number): number[] => Array.from({ length: MOST }, () => Math.log(ratio) + noise * gauss(random))
  const expected: MetricVerdict = effect === 0 ? 'same' : 'slower'
  const results = Array.from({ length: experiments }, () =>
    stopped([draw(1 + effect * tolerance), draw(1)].map((logRatios, at) => metric(String(at), logRatios, tolerance))),
  )
  const found = results.filter(([first]) => first?.verdict === expected).length
  const lasted = results.map((result) => Math.max(...result.map((one) => one.generations))).sort((a, b) => a - b)
  return `${percent(found / experiments)} in ${lasted[Math.floor(experiments / 2)] ?? NaN}`
}

function printFalseAlarms(experiments: number): boolean {
  print(`\nBoth metrics equal, and both slower by just the tolerance of 5 %: share called slower.\n`)
  print(row(['machine', 'equal', 'at the tolerance']))
  print(row(['---', '---', '---']))
  const rows = POPULATIONS.map((population) => {
    const random = mulberry32(2)
    const alarms = [0, 0]
    for (let experiment = 0; experiment < experiments; experiment++) {
      const drawn = generations(population, 1, random)
      const ratios = Array.from({ length: MOST }, () => drawn.next().value)
      for (const [at, truth] of [1, 1.05].entries()) {
        const lanes = [ratios.map(({ latency }) => latency), ratios.map(({ throughput }) => throughput)]
        const evidence = lanes.map((logs, name) =>
          metric(
            String(name),
            logs.map((log) => log + Math.log(truth)),
            0.05,
          ),
        )
        if (stopped(evidence).some(({ verdict }) => verdict === 'slower')) alarms[at] = (alarms[at] ?? 0) + 1
      }
    }
    print(row([population.name, ...alarms.map((count) => percent(count / experiments))]))
    return Math.max(...alarms)
  })
  // Three standard errors of a true rate of one in a hundred.
  const most = experiments * FALSE_ALARMS + 3 * Math.sqrt(experiments * FALSE_ALARMS)
  const met = rows.every((count) => count <= most)
  print(`\nAt most ${percent(FALSE_ALARMS)} false alarms: ${met ? 'met' : 'not met'}`)
  return met
}

const metric = (name: string, logRatios: readonly number[], tolerance: number): Evidence => ({
  name,
  tolerance,
  pairId: name,
  logRatios,
})

/** Looks until every metric is decided or the looks are over. */
function stopped(evidence: readonly Evidence[]): Judgement[] {
  const looks = lookSchedule(MOST, evidence.length)
  for (let look = 0; ; look++) {
    const judgements = judge(evidence, look, looks)
    if (look + 1 >= looks.length || judgements.every(({ verdict }) => verdict !== 'inconclusive')) return judgements
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
