import * as core from '@actions/core'

import { NavigatorError } from '../core/errors.js'
import { OPTIMIZE_OPTIONS, type OptionValues } from '../core/options.js'

/** Inputs that only make sense on GitHub. */
export interface GithubInputs {
  readonly workingDirectory: string
  readonly runtimeDir: string | null
  readonly upload: boolean
  readonly ifExists: 'overwrite' | 'error'
  /** Days the artifacts are kept; null for the repository's default. */
  readonly retentionDays: number | null
}

/** The engine's options as given in the workflow; repeatable ones have one value per line. */
export function engineInputs(): OptionValues {
  return new Map(
    OPTIMIZE_OPTIONS.flatMap(({ name, repeatable }) => {
      const text = core.getInput(name)
      if (text === '') return []
      return [[name, repeatable ? text.split('\n') : [text]] as const]
    }),
  )
}

/** Checks the inputs that are GitHub's; throws `invalid-options` with all problems at once. */
export function githubInputs(): GithubInputs {
  const problems: string[] = []
  const choice = <const T extends string>(name: string, allowed: readonly [T, ...T[]]): T => {
    const text = core.getInput(name) || allowed[0]
    const found = allowed.find((one) => one === text)
    if (found === undefined) problems.push(`${name}: "${text}" is not one of ${allowed.join(', ')}`)
    return found ?? allowed[0]
  }
  const days = core.getInput('retention-days')
  const retentionDays = days === '' ? null : Number(days)
  if (retentionDays !== null && (!Number.isInteger(retentionDays) || retentionDays < 1 || retentionDays > 400)) {
    problems.push(`retention-days: "${days}" is not a whole number from 1 to 400`)
  }
  const inputs = {
    workingDirectory: core.getInput('working-directory') || '.',
    runtimeDir: core.getInput('runtime-dir') || null,
    upload: choice('upload', ['true', 'false']) === 'true',
    ifExists: choice('if-exists', ['overwrite', 'error']),
    retentionDays,
  }
  if (problems.length > 0)
    throw new NavigatorError('invalid-options', 'Inputs of the action cannot be used.', { problems })
  return inputs
}
