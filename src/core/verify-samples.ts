import { readFile } from 'node:fs/promises'

import { NavigatorError, sentencesOf, throwIfInterrupted } from './errors.js'
import type { NavPackage } from './nav-package/nav-package.js'
import { LARGEST_NPZ, readNpz } from './tensors/npz.js'
import type { Check } from './verification/check.js'
import { folderChecks, oddities, type SampleFolder, sampleFolders } from './verification/sample-checks.js'

/** Samples of one package may unpack to very much; those beyond this many bytes are not read. */
const MOST_SAMPLE_BYTES = 16 * 2 ** 30

/** Reads every sample of the package, one at a time, and holds it to what status.yaml says of its tensors. */
export async function checkSamples(navPackage: NavPackage, signal: AbortSignal): Promise<Check[]> {
  const checks: Check[] = []
  const budget = { leftBytes: MOST_SAMPLE_BYTES }
  for (const folder of sampleFolders(navPackage)) {
    throwIfInterrupted(signal)
    checks.push(...(await checkFolder(navPackage, folder, budget)))
  }
  return checks
}

async function checkFolder(
  navPackage: NavPackage,
  folder: SampleFolder,
  budget: { leftBytes: number },
): Promise<Check[]> {
  const unreadable = new Map<string, string[]>()
  const odd = new Map<string, string[]>()
  const batchDim = navPackage.status.config.batch_dim ?? null
  for (const name of folder.entries) {
    const entry = navPackage.entries.get(name)
    if (entry?.kind !== 'disk') continue
    try {
      if (entry.file.bytes > Math.min(LARGEST_NPZ, budget.leftBytes)) throw new NavigatorError('npz-invalid', TOO_LARGE)
      const sample = await readNpz(await readFile(entry.file.path), Math.min(LARGEST_NPZ, budget.leftBytes))
      for (const { data } of sample.values()) budget.leftBytes -= 'byteLength' in data ? data.byteLength : data.length
      for (const problem of oddities(sample, folder.metadata, batchDim)) add(odd, problem, name)
    } catch (error) {
      if (!(error instanceof NavigatorError)) throw error
      add(unreadable, sentencesOf(error), name)
    }
  }
  return folderChecks(folder, unreadable, odd)
}

const TOO_LARGE = 'It is larger than what is read here: 2 GiB a file, 16 GiB together.'

function add(problems: Map<string, string[]>, problem: string, name: string): void {
  const names = problems.get(problem)
  if (names === undefined) problems.set(problem, [name])
  else names.push(name)
}
