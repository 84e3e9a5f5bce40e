import { receiveRecord } from '../../core/report/received-record.js'
import type { RunRecord } from '../../core/report/run-record.js'
import type { GithubClient } from '../github/client.js'
import { disagreementOf, type ExpectedRun } from './agreement.js'
import { fetchTexts, listRecordArtifacts } from './artifacts.js'
import type { ReportInputs } from './inputs.js'
import { readRecordFiles } from './record-files.js'
import { isRefusal, type Refusal } from './refusal.js'

/** A record that can be reported. */
export interface CollectedRecord {
  readonly record: RunRecord
  /** Id of the artifact that it came in; null for a file. */
  readonly artifactId: number | null
}

export interface Collection {
  readonly records: readonly CollectedRecord[]
  /** Why others are not among them, a sentence each. */
  readonly refusals: readonly string[]
}

/** Something that should be a record. */
interface Source {
  readonly name: string
  readonly id: number | null
  readonly content: { readonly text: string } | Refusal
}

/** Takes the records of files. Each must be of `expected`, unless that is null. */
export async function collectFiles(paths: readonly string[], expected: ExpectedRun | null): Promise<Collection> {
  const files = await readRecordFiles(paths)
  return sorted(
    files.map((file) => ({ ...file, id: null })),
    expected,
  )
}

/** Takes the records among a run's artifacts. `folder` is where they lie for a moment. Throws GithubError. */
export async function collectArtifacts(
  client: GithubClient,
  run: ExpectedRun,
  { artifacts: pattern }: Pick<ReportInputs, 'artifacts'>,
  folder: string,
): Promise<Collection> {
  const source = { client, repository: run.repository, runId: run.id }
  const artifacts = await listRecordArtifacts(source, pattern)
  if (isRefusal(artifacts)) return { records: [], refusals: [artifacts.refused] }
  return sorted(await fetchTexts(source, artifacts, folder), run)
}

function sorted(sources: readonly Source[], expected: ExpectedRun | null): Collection {
  const records = new Map<string, CollectedRecord>()
  const refusals: string[] = []
  for (const { name, id, content } of sources) {
    const received = isRefusal(content) ? content : receive(content.text, expected)
    const key = isRefusal(received) ? '' : keyOf(received.record)
    if (isRefusal(received)) refusals.push(`${name} is not reported: ${received.refused}.`)
    else if (records.has(key)) refusals.push(`${name} is not reported: another record has its name and target.`)
    else records.set(key, { record: received.record, artifactId: id })
  }
  return { records: [...records.values()], refusals }
}

function receive(text: string, expected: ExpectedRun | null): { readonly record: RunRecord } | Refusal {
  const received = receiveRecord(text)
  if (isRefusal(received) || expected === null) return received
  const disagreement = disagreementOf(received.record, expected)
  return disagreement === null ? received : { refused: disagreement }
}

/** Two records of one model on one target would be one section. */
function keyOf({ name, target }: RunRecord): string {
  return JSON.stringify([name, target])
}
