import { createHash, randomUUID } from 'node:crypto'

import { PROFILE } from './batch-measurement.js'
import { readRecord, RECORD_ENTRY } from './inspect.js'
import { saveNavPackage } from './nav-package/archive-file.js'
import { type PerformanceRow, updatePerformance } from './nav-package/create-status.js'
import { clashingNames } from './nav-package/entry-names.js'
import type { NavPackage, PackageEntry } from './nav-package/nav-package.js'
import { printProfilingResults, type ProfilingResults } from './nav-package/profiling-results.js'
import { printStatusYaml } from './nav-package/status-yaml.js'
import { environmentOf } from './package-results.js'
import { writeFileAtomic } from './platform/journal.js'
import { isMeasured, type ProfileRow, type ProfileRun } from './profile-run.js'
import { profileRecordOf, shapesOf, smallestWindow, verdictOf } from './profile-record.js'

/** Where a package keeps the record of a profile. */
export const PROFILE_ENTRY = 'navpkg/profile-record.json'

/** Writes what was measured as the real Navigator's `ProfilingResults.to_file` does. */
export async function writeYaml(run: ProfileRun, file: string): Promise<void> {
  await writeFileAtomic(file, printProfilingResults(profilingResultsOf(run)))
  run.yaml = { path: file }
}

/** Only what the real one would list: models as the package has them, and of those what was asked for. */
function profilingResultsOf(run: ProfileRun): ProfilingResults {
  const rows = run.rows.filter(({ candidateId, isAskedFor }) => candidateId === null && isAskedFor)
  const keys = [...new Set(rows.map(({ modelKey }) => modelKey))]
  return {
    models: keys.map((key) => ({
      key,
      runners: rows.filter(({ modelKey }) => modelKey === key).map(resultsOf),
    })),
    samplesData: new Map(
      rows.some(isMeasured) ? run.dataSet.samples.map((sample) => [sample.id, shapesOf(sample, run)]) : [],
    ),
  }
}

function resultsOf(row: ProfileRow): ProfilingResults['models'][number]['runners'][number] {
  const measured = row.samples.filter(({ results }) => results.length > 0)
  return {
    runner: row.runner,
    status: verdictOf(row).status,
    detailed: new Map(measured.map(({ sample, results }) => [sample.id, results])),
  }
}

/**
 * Writes the package with the new figures to `output`. Its rows hold those of the profiling sample, as the real Navigator
 * ranks by all rows there are; the other samples are in the record beside them.
 */
export async function saveProfiled(
  run: ProfileRun,
  navPackage: NavPackage,
  output: string,
  folder: string,
): Promise<void> {
  const status = updatePerformance(navPackage.status, {
    uuid: randomUUID(),
    timestamp: new Date().toISOString().replace('Z', '000'),
    environment: environmentOf(run),
    targetDevice: 'cpu',
    optimizationProfile: profileOf(run),
    rows: rowsOf(run),
  })
  const { spellings } = navPackage
  const statusSha256 = createHash('sha256').update(printStatusYaml(status, spellings)).digest('hex')
  const entries = new Map(navPackage.entries)
  // What the run that made the package chose is as true as before; it is held to the status that it comes with.
  const record = await readRecord(navPackage, folder)
  if (record !== null) entries.set(RECORD_ENTRY, jsonEntry({ ...record, statusSha256 }))
  const others = [...entries.keys()].filter((name) => name !== PROFILE_ENTRY)
  if (clashingNames([PROFILE_ENTRY], others).length === 0) {
    entries.set(PROFILE_ENTRY, jsonEntry(profileRecordOf(run)))
  }
  const { bytes, sha256 } = await saveNavPackage({ status, spellings, entries, warnings: [] }, output)
  run.output = { path: output, bytes, sha256 }
}

function rowsOf(run: ProfileRun): ReadonlyMap<string, readonly PerformanceRow[]> {
  const rows = new Map<string, PerformanceRow[]>()
  for (const row of run.rows) {
    if (row.candidateId !== null) continue
    const profiling = row.samples.find(({ sample }) => sample.id === run.dataSet.profilingId)
    if (profiling === undefined || profiling.results.length === 0) continue
    const performanceSeconds = profiling.measurements.reduce(
      (sum, { latencyMs, requestCount }) => sum + (latencyMs.mean.value * requestCount) / 1000,
      0,
    )
    // The status names samples of its own, of which there is one for profiling.
    const profilingResults = profiling.results.map((one) => ({ ...one, sampleId: 0 }))
    rows.set(row.modelKey, [
      ...(rows.get(row.modelKey) ?? []),
      { runner: row.runner, performanceSeconds, profilingResults },
    ])
  }
  return rows
}

/** The window says the smallest that was used. */
function profileOf(run: ProfileRun): Parameters<typeof updatePerformance>[1]['optimizationProfile'] {
  const { maxBatchSize, batchSizes } = run.request
  return { ...PROFILE, windowSize: smallestWindow(run), maxBatchSize, batchSizes }
}

function jsonEntry(value: unknown): PackageEntry {
  return { kind: 'memory', content: new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`) }
}
