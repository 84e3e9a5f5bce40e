import { median } from '../src/core/measurement/statistics.js'
import { defaultSettings } from '../src/core/plan/settings.js'
import { describeHost } from '../src/core/platform/host.js'
import { temporaryFolder } from '../test/support/run-engine.js'
import { intervalText, medianInterval, verdict } from './median-interval.js'
import { type BlockRule, type Opener, ourWorker } from './onnxruntime-sides.js'
import { type Subject, subjects } from './verdict/subjects.js'

interface Amount {
  readonly pairs: number
  readonly rounds: number
}

const FULL: Amount = { pairs: 12, rounds: 6 }
const QUICK: Amount = { pairs: 1, rounds: 1 }

/** A block as generations have it (`contest.ts`), from its first request on, and as long again. */
const BLOCK: BlockRule = { kind: 'block', warmupRequests: 0, minRequests: 1, minDurationMs: 220 }
const WARM_UP_ENDS_MS = 50
const BLOCK_ENDS_MS = 110
/** What the measured part of a block may be slower than the same process when it goes on. */
const FIGURE = 1.03

/**
 * How much slower a process is when it gets its turn than when it goes on: the warm-up of a block, and what is measured
 * after it, each ÷ the requests after that. Two processes of one model alternate, as base and head do.
 */
export async function blockStart({ quick }: { readonly quick: boolean }): Promise<boolean> {
  await using folder = await temporaryFolder()
  const open = await ourWorker()
  let allMet = true
  for (const subject of subjects(folder.path).values()) {
    if (!(await measureSubject(subject, open, quick ? QUICK : FULL))) allMet = false
  }
  return allMet
}

async function measureSubject(subject: Subject, open: Opener, { pairs, rounds }: Amount): Promise<boolean> {
  const ratios = { warmUp: new Array<number>(), measured: new Array<number>() }
  for (let count = 0; count < pairs; count++) {
    const parts = await measurePair(subject, open, rounds)
    const later = median(parts.later)
    ratios.warmUp.push(median(parts.warmUp) / later)
    ratios.measured.push(median(parts.measured) / later)
  }
  const warmUp = `the first ${WARM_UP_ENDS_MS} ms ${intervalText(medianInterval(ratios.warmUp))}`
  const measured = medianInterval(ratios.measured)
  const text = `block-start, ${subject.name}: ${warmUp}; up to ${BLOCK_ENDS_MS} ms ${intervalText(measured)}`
  return verdict(text, measured.interval?.[0] ?? measured.median, FIGURE)
}

interface Parts {
  readonly warmUp: number[]
  readonly measured: number[]
  readonly later: number[]
}

/** Nanoseconds of the requests of both processes, by when in their block they begin. */
async function measurePair({ basePath, request }: Subject, open: Opener, rounds: number): Promise<Parts> {
  const settings = defaultSettings(describeHost().allowedCores)
  await using one = await open({ modelPath: basePath, request }, settings)
  await using other = await open({ modelPath: basePath, request }, settings)
  const parts: Parts = { warmUp: [], measured: [], later: [] }
  for (let round = 0; round < rounds; round++) {
    for (const side of [one, other]) {
      let beginsMs = 0
      for (const latencyNs of await side.block(BLOCK)) {
        const part = beginsMs < WARM_UP_ENDS_MS ? 'warmUp' : beginsMs < BLOCK_ENDS_MS ? 'measured' : 'later'
        parts[part].push(latencyNs)
        beginsMs += latencyNs / 1e6
      }
    }
  }
  return parts
}
