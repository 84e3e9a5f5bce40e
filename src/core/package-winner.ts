import { NavigatorError, sentencesOf } from './errors.js'
import type { ModelFile } from './measurement/outcome.js'
import type { NavPackage } from './nav-package/nav-package.js'
import type { SessionSettings } from './plan/candidate.js'
import { defaultSettings, isSameSettings } from './plan/settings.js'
import { winnerOf } from './report/figures.js'
import type { CandidateRecord, RunRecord } from './report/run-record.js'
import { describeModelFile } from './subject.js'

/** What the run that made a package chose, where it is more than a model at default session options. */
export interface Winner {
  readonly candidateId: string
  readonly modelKey: string
  readonly runner: string
  readonly settings: SessionSettings
  /** Its own file; null when it is that of the model as the package has it. */
  readonly file: VariantFile | null
}

/** The winner in a package's record, or why it cannot be run; null when there is nothing to run besides the model itself. */
export async function findWinner(
  record: RunRecord,
  navPackage: NavPackage,
  allowedCores: number,
): Promise<Winner | { readonly problem: string } | null> {
  const found = winnerOf(record)
  if (found === null) return null
  const { id: candidateId, modelKey, runner, settings, recipe } = found
  const winner = { candidateId, modelKey, runner, settings }
  // A stranger's record may say anything.
  if (settings.intraOpThreads > allowedCores) return { problem: `it wants ${settings.intraOpThreads} threads` }
  if (recipe.kind === 'as-given') {
    return isSameSettings(settings, defaultSettings(allowedCores)) ? null : { ...winner, file: null }
  }
  const file = variantFile(found, navPackage)
  if (file === null) return { problem: 'its file is not in the package' }
  try {
    // A stranger's file: what it declares is looked at before native code sees it.
    await describeModelFile(file.path)
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    return { problem: sentencesOf(error).replace(/\.$/, '') }
  }
  return { ...winner, file }
}

/** A file and the entry of the package that it is. */
export type VariantFile = ModelFile & { readonly entry: string }

/** The file of its own that a candidate has in the package of its record; null when it is not that file any more. */
export function variantFile({ file }: CandidateRecord, { entries }: NavPackage): VariantFile | null {
  const entry = file?.path ?? ''
  const stored = entries.get(entry)
  return stored?.kind === 'disk' && stored.file.sha256 === file?.sha256 ? { ...stored.file, entry } : null
}
