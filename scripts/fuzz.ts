/**
 * Reads many mutated packages, arrays, status files and models in processes of their own, and tells of each that ended in
 * anything but a load that survives writing or an error with a code:
 *
 *     npx tsx scripts/fuzz.ts --packages 20000 --arrays 20000 --models 5000 --seed 1
 *     npx tsx scripts/fuzz.ts --only packages/1/204     one case again, kept as a file
 *
 * Exits with 1 when it found anything.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { runCampaign, type Stretch } from '../test/fuzz/campaign.js'
import { caseOf, type Lane, LANES } from '../test/fuzz/cases.js'

const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: '20000' },
    arrays: { type: 'string', default: '20000' },
    models: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
})

const stretches = values.only === undefined ? whole() : [single(values.only)]
const started = performance.now()
const { failures, ends, mostCpuMs, slowest, peakMiB } = await runCampaign(stretches, Number(values.processes))
for (const [end, count] of [...ends].sort()) console.log(`${String(count).padStart(7)}  ${end}`)
console.log(`seed ${values.seed}, ${((performance.now() - started) / 1000).toFixed(0)} s`)
console.log(`longest ${mostCpuMs.toFixed(0)} ms of a processor (${slowest}), most memory ${peakMiB.toFixed(0)} MiB`)
console.log(`${failures.length} failures`)
for (const failure of failures.slice(0, 50)) console.log(`- ${failure}`)
process.exitCode = failures.length === 0 ? 0 : 1

function whole(): Stretch[] {
  return LANES.map((lane) => ({ lane, seed: Number(values.seed), from: 0, to: Number(values[lane]) }))
}

function single(name: string): Stretch {
  const [given = '', seed = '', index = ''] = name.split('/')
  const lane = LANES.find((one) => one === given)
  if (lane === undefined) throw new Error(`Name the case as ${LANES.join('|')}/SEED/INDEX, got ${name}`)
  keep(lane, Number(seed), Number(index))
  return { lane, seed: Number(seed), from: Number(index), to: Number(index) + 1 }
}

function keep(lane: Lane, seed: number, index: number): void {
  const { kind, bytes } = caseOf(lane, seed, index)
  const file = `fuzz-${lane}-${seed}-${index}.${kind}`
  writeFileSync(file, bytes)
  console.log(`The case is in ${file}.`)
}
