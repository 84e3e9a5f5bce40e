import { median } from '../src/core/measurement/statistics.js'
import { mulberry32 } from '../src/core/plan/random-samples.js'
import { defaultSettings } from '../src/core/plan/settings.js'
import { describeHost } from '../src/core/platform/host.js'
import { formatMs } from '../src/core/report/format.js'
import { temporaryFolder } from '../test/support/run-engine.js'
import { type BlockRule, type Opener, ourWorker, pythonRuntime } from './onnxruntime-sides.js'
import { type OverheadCase, overheadCases, type Subject } from './overhead-models.js'
import { intervalText, medianInterval, verdict } from './median-interval.js'

/** How much is measured of each model: pairs of fresh processes, and in each pair blocks of requests in turn. */
interface Amount {
  readonly pairs: number
  readonly rounds: number
  readonly block: BlockRule
}

const FULL: Amount = {
  pairs: 12,
  rounds: 4,
  block: { kind: 'block', warmupRequests: 20, minRequests: 20, minDurationMs: 250 },
}
const QUICK: Amount = {
  pairs: 1,
  rounds: 1,
  block: { kind: 'block', warmupRequests: 2, minRequests: 3, minDurationMs: 10 },
}

/** p50 of one request in our worker ÷ that in Python's ONNX Runtime: same version, model, input and session options. */
export async function overhead({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const amount = quick ? QUICK : FULL
  const open = { ours: await ourWorker(), python: await pythonRuntime() }
  await using folder = await temporaryFolder()
  const random = mulberry32(Date.now())
  let allMet = true
  for (const one of await overheadCases(folder.path, (subject) => timeInPython(open.python, subject))) {
    if (!(await measureCase(one, open, amount, random))) allMet = false
  }
  return allMet
}

const SIDES = ['ours', 'python'] as const
type SideName = (typeof SIDES)[number]

const settings = defaultSettings(describeHost().allowedCores)

async function measureCase(
  one: OverheadCase,
  open: Record<SideName, Opener>,
  amount: Amount,
  random: () => number,
): Promise<boolean> {
  const pairs: Record<SideName, number>[] = []
  for (let count = 1; count <= amount.pairs; count++) {
    const pair = await measurePair(one, open, amount, random)
    pairs.push(pair)
    const times = `ours ${formatMs(pair.ours)}, Python ${formatMs(pair.python)}`
    process.stderr.write(`${one.title}: pair ${count} of ${amount.pairs}: ${times}\n`)
  }
  const ratio = medianInterval(pairs.map(({ ours, python }) => ours / python))
  const python = formatMs(median(pairs.map((pair) => pair.python)))
  const measured = `overhead, ${one.title} (Python: ${python}): ${intervalText(ratio)}`
  // The interval's lower end decides: what a noisy machine cannot tell shows as the interval's width, not as a failure.
  if (one.figure !== null) return verdict(measured, ratio.interval?.[0] ?? ratio.median, one.figure)
  process.stdout.write(`${measured}, no figure to reach\n`)
  return true
}

/** p50 in milliseconds of each side, in one fresh process each; their blocks alternate in random order. */
async function measurePair(
  subject: Subject,
  open: Record<SideName, Opener>,
  { rounds, block }: Amount,
  random: () => number,
): Promise<Record<SideName, number>> {
  await using ours = await open.ours(subject, settings)
  await using python = await open.python(subject, settings)
  const sides = {
    ours: { side: ours, times: new Array<number>() },
    python: { side: python, times: new Array<number>() },
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of random() < 0.5 ? SIDES : SIDES.toReversed()) {
      const { side, times } = sides[name]
      for (const time of await side.block(block)) times.push(time)
    }
  }
  return { ours: median(sides.ours.times) / 1e6, python: median(sides.python.times) / 1e6 }
}

async function timeInPython(open: Opener, subject: Subject): Promise<number> {
  await using side = await open(subject, settings)
  return median(await side.block({ kind: 'block', warmupRequests: 20, minRequests: 50, minDurationMs: 100 })) / 1e6
}
