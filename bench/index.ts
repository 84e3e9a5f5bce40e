import { overhead } from './overhead.js'
import { optimizeTime } from './optimize-time.js'
import { packageIo } from './package-io.js'
import { simulatedVerdicts } from './simulated-verdicts.js'
import { startUp } from './start-up.js'

/** A bench prints its ratios and gives true when every figure of it is met. `quick` is a smoke test, not a result. */
type Bench = (options: { readonly quick: boolean }) => Promise<boolean>

const BENCHES: ReadonlyMap<string, Bench> = new Map([
  ['overhead', overhead],
  ['optimize-time', optimizeTime],
  ['package-io', packageIo],
  ['simulated-verdicts', simulatedVerdicts],
  ['start-up', startUp],
])

const [name = '', ...flags] = process.argv.slice(2)
const bench = BENCHES.get(name)
const unknown = flags.filter((flag) => flag !== '--quick')

if (bench === undefined || unknown.length > 0) {
  const problem =
    unknown.length > 0 ? `Unknown: ${unknown.join(' ')}\n` : name === '' ? '' : `No bench is called ${name}.\n`
  process.stderr.write(`${problem}Usage: npm run bench -- ${[...BENCHES.keys()].join(' | ')} [--quick]\n`)
  process.exitCode = 2
} else {
  process.exitCode = (await bench({ quick: flags.includes('--quick') })) ? 0 : 1
}
