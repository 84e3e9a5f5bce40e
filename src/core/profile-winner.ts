import { NavigatorError, sentencesOf } from './errors.js'
import type { ModelFile } from './measurement/outcome.js'
import type { NavPackage } from './nav-package/nav-package.js'
import type { SessionSettings } from './plan/candidate.js'
import { defaultSettings } from './plan/settings.js'
import type { RunRecord } from './report/run-record.js'
import { describeModelFile } from './subject.js'

/** What the run that made a package chose, where it is more than a model at default session options. */
export interface Winner {
  readonly candidateId: string
  readonly modelKey: string
  readonly runner: string
  readonly settings: SessionSettings
  /** Its own file; null when it is that of the model as the package has it. */
  readonly file: (ModelFile & { readonly entry: string }) | null
}

/** The winner in a package's record, or why it cannot be run; null when there is nothing to run besides the model itself. */
export async function findWinner(
  { selection, candidates }: RunRecord,
  { entries }: NavPackage,
  allowedCores: number,
): Promise<Winner | { readonly problem: string } | null> {
  const found = candidates.find(({ id }) => id === selection?.best.candidateId)
  if (found === undefined) return null
  const { id: candidateId, modelKey, runner, settings, recipe, file } = found
  const winner = { candidateId, modelKey, runner, settings }
  // A stranger's record may say anything.
  if (settings.intraOpThreads > allowedCores) return { problem: `it wants ${settings.intraOpThreads} threads` }
  if (recipe.kind === 'as-given') {
    return isSame(settings, defaultSettings(allowedCores)) ? null : { ...winner, file: null }
  }
  const entry = file?.path ?? ''
  const stored = entries.get(entry)
  if (stored?.kind !== 'disk' || stored.file.sha256 !== file?.sha256)
    return { problem: 'its file is not in the package' }
  try {
    // A stranger's file: what it declares is looked at before native code sees it.
    await describeModelFile(stored.file.path)
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    return { problem: sentencesOf(error).replace(/\.$/, '') }
  }
  return { ...winner, file: { ...stored.file, entry } }
}

function isSame(one: SessionSettings, other: SessionSettings): boolean {
  return (
    one.graphLevel === other.graphLevel &&
    one.intraOpThreads === other.intraOpThreads &&
    one.spinning === other.spinning &&
    one.memoryArena === other.memoryArena
  )
}
