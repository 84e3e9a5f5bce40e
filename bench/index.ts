import { NavigatorError } from '../src/core/errors.js'
import { type Option, option, OptionReader } from '../src/core/option-reader.js'
import { blockStart } from './block-start.js'
import { overhead } from './overhead.js'
import { optimizeTime } from './optimize-time.js'
import { packageIo } from './package-io.js'
import { simulatedVerdicts } from './simulated-verdicts.js'
import { startUp } from './start-up.js'
import { verdict } from './verdict.js'

/** What a bench is asked. */
interface BenchOptions {
  /** A smoke test, not a result. */
  readonly quick: boolean
  /** Start nothing more after so long. */
  readonly forMs: number | null
  /** Measure nothing, print what is kept. */
  readonly report: boolean
  /** Only experiments whose name begins so, such as `A/A busy`; null for all. */
  readonly only: string | null
}

/** Prints its figures and gives true when every one of them is met. */
type Bench = (options: BenchOptions) => Promise<boolean>

const BENCHES: ReadonlyMap<string, Bench> = new Map<string, Bench>([
  ['block-start', blockStart],
  ['overhead', overhead],
  ['optimize-time', optimizeTime],
  ['package-io', packageIo],
  ['simulated-verdicts', simulatedVerdicts],
  ['start-up', startUp],
  ['verdict', verdict],
])

const QUICK = option('quick', '', 'A smoke test.')
const FOR = option('for', '60m', 'Start nothing more after this time.')
const REPORT = option('report', '', 'Measure nothing, print what is kept.')

const ONLY = option('only', 'A/A busy', 'Only experiments whose name begins so.')

const [name = '', ...flags] = process.argv.slice(2)
const bench = BENCHES.get(name)

if (bench === undefined) misused(name === '' ? '' : `No bench is called ${name}.\n`)
else {
  try {
    const options = readOptions(flags, name === 'verdict' ? [QUICK, FOR, REPORT, ONLY] : [QUICK])
    process.exitCode = (await bench(options)) ? 0 : 1
  } catch (error) {
    if (!(error instanceof NavigatorError) || error.code !== 'invalid-options') throw error
    misused(`${error.problems.join('\n')}\n`)
  }
}

function misused(problem: string): void {
  const names = [...BENCHES.keys()].join(' | ')
  process.stderr.write(
    `${problem}Usage: npm run bench -- ${names} [--quick]; verdict also [--for 60m] [--report] [--only NAME]\n`,
  )
  process.exitCode = 2
}

/** Throws `invalid-options` with a line for everything that is none of `known`. */
function readOptions(flags: readonly string[], known: readonly Option[]): BenchOptions {
  const values = new Map<string, string[]>()
  for (let index = 0; index < flags.length; index++) {
    const flag = (flags[index] ?? '').replace(/^--/, '')
    const takesValue = known.some((one) => one.name === flag && one.value !== '')
    values.set(flag, [takesValue ? (flags[++index] ?? '') : 'true'])
  }
  const reader = new OptionReader(known, values, 'flag')
  const options = {
    quick: reader.has('quick'),
    forMs: reader.duration('for'),
    report: reader.has('report'),
    only: reader.text('only'),
  }
  reader.finish()
  return options
}
