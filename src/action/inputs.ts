import path from 'node:path'

import { type Option, option, OptionReader, type OptionValues } from '../core/option-reader.js'
import { artifactName, OPTIMIZE_OPTIONS, readRequest, requireReadable } from '../core/options.js'
import { PROFILE_OPTIONS, readProfileRequest } from '../core/profile-options.js'
import type { OptimizeRequest, ProfileRequest } from '../core/request.js'

/** Inputs that only make sense on GitHub. action.yml documents the same ones; a test compares. */
export const GITHUB_INPUTS: readonly Option[] = [
  option('working-directory', 'DIR', 'Folder that relative paths start from.', '.'),
  option('runtime-dir', 'DIR', 'Folder where onnxruntime-node was installed, instead of the embedded runtime.'),
  option('upload', 'true|false', 'Whether the package and the record are uploaded as artifacts.', 'true'),
  option('if-exists', 'overwrite|error', 'What to do with an artifact of the same name.', 'overwrite'),
  option('retention-days', 'N', 'How many days the artifacts are kept. Default: the setting of the repository.'),
]

/** The same of the action in `profile/`. */
export const PROFILE_GITHUB_INPUTS: readonly Option[] = GITHUB_INPUTS.map((one) =>
  one.name === 'upload' ? { ...one, description: 'Whether the record and the YAML are uploaded as artifacts.' } : one,
)

/** What the inputs ask of the shell rather than of the engine. */
export interface GithubInputs {
  readonly runtimeDir: string | null
  readonly upload: boolean
  readonly ifExists: 'overwrite' | 'error'
  /** Days the artifacts are kept; null for the repository's default. */
  readonly retentionDays: number | null
}

/**
 * Reads every input of the action from the variables the runner gives it. All problems come at once, whichever part of
 * the action an input is for, as one `invalid-options`.
 */
export async function readInputs(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly request: OptimizeRequest; readonly inputs: GithubInputs }> {
  const { reader, cwd } = await startReading([...OPTIMIZE_OPTIONS, ...GITHUB_INPUTS], environment)
  const request = await readRequest(reader, cwd)
  const inputs = await readGithubInputs(reader, cwd)
  reader.finish()
  return { request, inputs }
}

/** The same for the action in `profile/`. */
export async function readProfileInputs(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly request: ProfileRequest; readonly inputs: GithubInputs }> {
  const { reader, cwd } = await startReading([...PROFILE_OPTIONS, ...PROFILE_GITHUB_INPUTS], environment)
  const request = await readProfileRequest(reader, cwd)
  const inputs = await readGithubInputs(reader, cwd)
  reader.finish()
  const yaml = request.yaml ?? path.join(cwd, `${profileName(request)}.yaml`)
  return { request: { ...request, yaml }, inputs }
}

/** `navpkg-profile-<name>[-<target>]`, slugged: the name of the files and artifacts of a profile. */
export function profileName({ name, target }: Pick<ProfileRequest, 'name' | 'target'>): string {
  return artifactName(name, target).replace(/^navpkg-/, 'navpkg-profile-')
}

async function startReading(
  options: readonly Option[],
  environment: NodeJS.ProcessEnv,
): Promise<{ reader: OptionReader; cwd: string }> {
  const reader = new OptionReader(options, givenInputs(environment), 'input')
  const cwd = path.resolve(environment['GITHUB_WORKSPACE'] ?? '.', reader.text('working-directory') ?? '.')
  if (reader.has('working-directory')) await requireReadable(reader, 'working-directory', cwd, 'folder')
  return { reader, cwd }
}

/** The runner hands over `with:` as variables, also what action.yml does not name; that is how a misspelt one is found. */
function givenInputs(environment: NodeJS.ProcessEnv): OptionValues {
  return new Map(
    Object.entries(environment).flatMap(([variable, value]) => {
      const name = /^INPUT_(.+)$/i.exec(variable)?.[1]?.toLowerCase()
      return name === undefined ? [] : [[name, [value ?? '']] as const]
    }),
  )
}

async function readGithubInputs(reader: OptionReader, cwd: string): Promise<GithubInputs> {
  const runtime = reader.text('runtime-dir')
  const runtimeDir = runtime === null ? null : path.resolve(cwd, runtime)
  if (runtimeDir !== null) await requireReadable(reader, 'runtime-dir', runtimeDir, 'folder')
  return {
    runtimeDir,
    upload: reader.choice('upload', ['true', 'false']) === 'true',
    ifExists: reader.choice('if-exists', ['overwrite', 'error']),
    retentionDays: reader.whole('retention-days', 1, 400),
  }
}
