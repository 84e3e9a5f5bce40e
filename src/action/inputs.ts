import path from 'node:path'

import { z } from 'zod'

import { configSchema } from '../core/config/config-schema.js'
import { readGate } from '../core/gate-options.js'
import { requireReadable } from '../core/option-files.js'
import { type Option, option, OptionReader, type OptionValues } from '../core/option-reader.js'
import { artifactName, OPTIMIZE_OPTIONS, readRequest } from '../core/options.js'
import { PROFILE_OPTIONS, readProfileRequest } from '../core/profile-options.js'
import { COMMENT_MODES, type CommentMode } from '../core/report/comment-section.js'
import { readConfigFile } from '../core/read-config-file.js'
import type { JudgedRequest, ProfileRequest } from '../core/request.js'

/** Inputs of both actions that only make sense on GitHub. */
const SHARED_INPUTS: readonly Option[] = [
  option('working-directory', 'DIR', 'Folder that relative paths start from. Default: the workspace.', '.'),
  option('runtime-dir', 'DIR', 'Folder where onnxruntime-node was installed, instead of the embedded runtime.'),
  option('upload', 'true|false', 'Whether the package and the record are uploaded as artifacts.', 'true'),
  option('if-exists', 'overwrite|error', 'What to do with an artifact of the same name.', 'overwrite'),
  option('retention-days', 'N', 'How many days the artifacts are kept. Default: the setting of the repository.'),
]

const CONFIG_FILE = '.navpkg.yml'

/** The default in action.yml, which a runner fills in; as it stands it is no token. */
const NO_TOKEN = '${{ github.token }}'

/** Inputs of the main action that only make sense on GitHub. action.yml documents the same ones; a test compares. */
export const GITHUB_INPUTS: readonly Option[] = [
  option(
    'fail-on-push',
    'true|false',
    'Whether a push to the default branch may fail; else it only reports, since the change is in.',
    'false',
  ),
  option(
    'comment',
    COMMENT_MODES.join('|'),
    'When the pull request gets a comment: on-change means once something is faster, slower or fails, and from then on.',
    'on-change',
  ),
  option('comment-key', 'TEXT', 'Which comment: steps with one key share a comment, a section each.', 'default'),
  option(
    'github-token',
    'TOKEN',
    'Token for baselines (actions: read, contents: read) and the comment (pull-requests: write). Default: the one that the workflow has.',
    NO_TOKEN,
  ),
  option(
    'config',
    'FILE',
    `File with inputs for several models and targets. Default: ${CONFIG_FILE} in the working directory, where it is there.`,
  ),
  ...SHARED_INPUTS,
]

/** Every input of the main action, in the order of action.yml. */
export const ACTION_INPUTS: readonly Option[] = [...OPTIMIZE_OPTIONS, ...GITHUB_INPUTS]

/** The JSON Schema (draft 2020-12) of the configuration file, for editors. */
export function configurationSchema(): object {
  return z.toJSONSchema(configSchema(ACTION_INPUTS))
}

/** The same of the action in `profile/`. */
export const PROFILE_GITHUB_INPUTS: readonly Option[] = SHARED_INPUTS.map((one) =>
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

/** What the main action's inputs ask of the shell beside that. */
export interface PullRequestInputs {
  readonly comment: CommentMode
  readonly commentKey: string
  /** null when the workflow gives none. */
  readonly token: string | null
}

/**
 * Reads every input of the main action from the variables the runner gives it and from the configuration file. All
 * problems come at once, whichever part of the action an input is for, as one `invalid-options`; those of the
 * configuration file itself come first.
 */
export async function readInputs(environment: NodeJS.ProcessEnv): Promise<{
  readonly request: JudgedRequest
  readonly inputs: GithubInputs & PullRequestInputs
  /** Absolute. */
  readonly workingDirectory: string
}> {
  const given = givenInputs(environment)
  const { values, places } = await readConfigFile(given, {
    fallback: CONFIG_FILE,
    cwd: startFolder(environment, given.get('working-directory')?.[0] ?? ''),
    inputs: ACTION_INPUTS,
  })
  const { reader, cwd } = await startReading(new OptionReader(ACTION_INPUTS, values, 'input', places), environment)
  const request = await readRequest(reader, cwd)
  const gate = await readGate(reader, request, { cwd, style: 'input' })
  const failOnPush = reader.choice('fail-on-push', ['true', 'false']) === 'true'
  const inputs = { ...readPullRequestInputs(reader), ...(await readGithubInputs(reader, cwd)) }
  reader.finish()
  return { request: { ...request, gate: { ...gate, failOnPush } }, inputs, workingDirectory: cwd }
}

/** Reads how the pull request is told, and as whom GitHub is asked. Problems stay in the reader. */
export function readPullRequestInputs(reader: OptionReader): PullRequestInputs {
  const token = reader.text('github-token')
  const commentKey = reader.text('comment-key') ?? ''
  if (!/^[\w.-]{1,60}$/.test(commentKey)) {
    reader.problem('comment-key', 'is not made of letters, digits, dots, dashes and underscores alone, 60 at most')
  }
  return {
    comment: reader.choice('comment', COMMENT_MODES),
    commentKey,
    token: token === NO_TOKEN ? null : token,
  }
}

/** The same for the action in `profile/`. */
export async function readProfileInputs(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly request: ProfileRequest; readonly inputs: GithubInputs }> {
  const options = [...PROFILE_OPTIONS, ...PROFILE_GITHUB_INPUTS]
  const { reader, cwd } = await startReading(new OptionReader(options, givenInputs(environment), 'input'), environment)
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

/** The folder that relative paths start from; that it is not there stays in the reader as a problem. */
export async function startReading(
  reader: OptionReader,
  environment: NodeJS.ProcessEnv,
): Promise<{ reader: OptionReader; cwd: string }> {
  const cwd = startFolder(environment, reader.text('working-directory') ?? '')
  if (reader.has('working-directory')) await requireReadable(reader, 'working-directory', cwd, 'folder')
  return { reader, cwd }
}

function startFolder(environment: NodeJS.ProcessEnv, workingDirectory: string): string {
  return path.resolve(environment['GITHUB_WORKSPACE'] ?? '.', workingDirectory.trim())
}

/** The runner hands over `with:` as variables, also what action.yml does not name; that is how a misspelt one is found. */
export function givenInputs(environment: NodeJS.ProcessEnv): OptionValues {
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
