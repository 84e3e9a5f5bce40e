import { createHash, type Hash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { deserialize, serialize } from 'node:v8'

import { z } from 'zod'

import type { MeasuredOutcome, ModelFile } from './measurement/outcome.js'
import type { Candidate } from './plan/candidate.js'
import { fingerprintOf } from './platform/fingerprint.js'
import { writeFileAtomic } from './platform/journal.js'
import type { Log } from './platform/log.js'
import type { Run, Tools } from './run.js'
import type { NamedTensors } from './tensors/tensor.js'
import { TOOL } from './version.js'

/** What an interrupted run measured, for one with `resume`. */
export interface ResumeJournal {
  /** What was measured of this candidate with this very file; null when nothing was. */
  find(candidate: Candidate, file: ModelFile): Promise<MeasuredOutcome | null>
  keep(outcome: MeasuredOutcome): Promise<void>
  /** Forgets everything: the run is done. */
  clear(): Promise<void>
}

/**
 * The journal of runs that ask the same question: same model, samples, options, machine, and version of this tool. It
 * lies in the tool cache, which outlives a workspace, and is begun anew unless the request says `resume`.
 */
export async function openResumeJournal(run: Run, { environment }: Tools): Promise<ResumeJournal> {
  const place = path.join(environment.toolCacheDir, 'navpkg-resume')
  const folder = path.join(place, questionOf(run))
  const { log } = environment
  await removeOld(place)
  const clear = (): Promise<void> => attempt(() => rm(folder, { recursive: true, force: true }), log)
  if (!run.request.resume || !(await isOurs(folder))) await clear()
  const entryOf = ({ id }: Candidate): string => path.join(folder, `${id}.bin`)
  return {
    find: async (candidate, file) => {
      const content = await readFile(entryOf(candidate)).catch(() => null)
      const entry = content === null ? null : parseEntry(content)
      return entry?.candidate.id === candidate.id && entry.file.sha256 === file.sha256 ? { ...entry, file } : null
    },
    keep: (outcome) =>
      attempt(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeFileAtomic(entryOf(outcome.candidate), serialize(outcome))
      }, log),
    clear,
  }
}

/** A run that cannot keep a journal goes on all the same; it cannot be resumed. */
async function attempt(work: () => Promise<void>, log: Log): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.debug(`No journal for resume: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const KEPT_MS = 7 * 24 * 3_600_000

/** Journals that nobody resumed. */
async function removeOld(place: string): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const found = await stat(path.join(place, name)).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > KEPT_MS) {
      // Another user's stays.
      await rm(path.join(place, name), { recursive: true, force: true }).catch(() => undefined)
    }
  }
}

/** Everything that figures of screening depend on, as one name. */
function questionOf({ subject, request, host, runtimeVersion, samples }: Run): string {
  const { settings, batchSizes, maxBatchSize, seed, memoryLimitBytes, inputRanges } = request
  const question = {
    versions: [TOOL.version, process.version],
    fingerprint: fingerprintOf(host, runtimeVersion),
    model: subject.sha256,
    options: { settings, batchSizes, maxBatchSize, seed, memoryLimitBytes, inputRanges: [...inputRanges] },
  }
  const hash = createHash('sha256').update(JSON.stringify(question))
  for (const one of [...samples.correctness, samples.profiling]) addRequest(hash, one)
  return hash.digest('hex').slice(0, 32)
}

function addRequest(hash: Hash, request: NamedTensors): void {
  for (const [name, { dtype, shape, data }] of request) {
    hash.update(JSON.stringify([name, dtype, shape]))
    if (ArrayBuffer.isView(data)) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    else hash.update(JSON.stringify(data))
  }
}

/** Another user of the machine could have made it. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => null)
  return found !== null && (process.getuid === undefined || found.uid === process.getuid())
}

/** An entry was written whole by this very version, see `questionOf`; anything else is not looked at further. */
const entrySchema = z.custom<MeasuredOutcome>((value) => shape.safeParse(value).success)
const shape = z.object({
  status: z.literal('measured'),
  candidate: z.object({ id: z.string() }),
  file: z.object({ sha256: z.string() }),
  samples: z.map(z.number(), z.object({ latencyNs: z.instanceof(Float64Array) })),
})

function parseEntry(content: Uint8Array): MeasuredOutcome | null {
  try {
    return entrySchema.safeParse(deserialize(content)).data ?? null
  } catch {
    return null
  }
}
