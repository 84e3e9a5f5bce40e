import { access, constants, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'

import type { OptionReader } from './option-reader.js'
import { nearestExisting } from './platform/disk.js'
import type { OptimizeRequest } from './request.js'

/** A file that a shell writes besides the package: the option that names it, its path, and what goes there. */
export interface Destination {
  readonly option: string
  readonly path: string
  readonly what: string
}

/** What options are read in. */
export interface OptionContext {
  /** Where relative paths start. */
  readonly cwd: string
  /** How options are called in what is said of them. */
  readonly style: 'flag' | 'input'
  /** What the shell writes besides what the options name; checked with the rest. */
  readonly destinations?: readonly Destination[]
}

/** The files that a request names. */
export interface FilesOfRequest extends Pick<OptimizeRequest, 'samples' | 'workspace'> {
  /** What is read, and what each of them is. */
  readonly inputs: readonly { readonly file: string; readonly what: string }[]
  /** Where a package goes; null when none is written. */
  readonly output: string | null
  /** Where else options say that something goes. */
  readonly others?: readonly Destination[]
}

/**
 * Finds everything that speaks against the files of a request: destinations that cannot be written, that are an input
 * or each other, by whatever path or link, and a workspace that would take one of them with it when it is deleted.
 * Folders that are missing are no problem where they can be made. Problems stay in the reader, of which `destinations`
 * are no options.
 */
export async function checkFiles(
  reader: OptionReader,
  files: FilesOfRequest,
  destinations: readonly Destination[] = [],
): Promise<void> {
  await findProblems(files, destinations, (name, why) => {
    const other = destinations.find(({ option }) => option === name)
    reader.problem(name, other === undefined ? why : `"${other.path}" ${why}`)
  })
}

async function findProblems(
  files: FilesOfRequest,
  others: readonly Destination[],
  problem: (option: string, why: string) => void,
): Promise<void> {
  const inputs = await inputsOf(files)
  const output = files.output === null ? [] : [{ option: 'output', path: files.output, what: 'package' }]
  const destinations = [...output, ...(files.others ?? []), ...others]
  const taken = new Map<string, string>()
  for (const { file, what } of inputs) taken.set(await identityOf(file), `is ${what}`)
  for (const destination of destinations) {
    const identity = await identityOf(destination.path)
    const why = taken.get(identity) ?? null
    if (why !== null) problem(destination.option, `${why}; name another file`)
    else await requireWritable(destination, problem)
    taken.set(identity, `is also where the ${destination.what} goes`)
  }
  if (files.workspace === null) return
  const named = [...inputs.map(({ file }) => file), ...destinations.map((one) => one.path)]
  await checkWorkspace(files.workspace, named, problem)
}

/** Leaves a problem in `reader` when what option `name` names is not there, cannot be read or is of another kind. */
export async function requireReadable(
  reader: OptionReader,
  name: string,
  file: string,
  expected?: 'file' | 'folder',
): Promise<void> {
  try {
    const found = await stat(file)
    await access(file, constants.R_OK)
    if (expected === 'file' && !found.isFile()) reader.problem(name, 'is not a file')
    else if (expected === 'folder' && !found.isDirectory()) reader.problem(name, 'is not a folder')
    else if (!found.isFile() && !found.isDirectory()) reader.problem(name, 'is neither a file nor a folder')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
    const denied = code === 'EACCES' ? 'may not be read by this user' : `cannot be read (${code})`
    reader.problem(name, isMissing ? `does not exist (looked for ${file})` : denied)
  }
}

async function inputsOf({ inputs, samples }: FilesOfRequest): Promise<FilesOfRequest['inputs']> {
  if (samples === null) return inputs
  const names = await readdir(samples.path).catch(() => null)
  const inFolder = names?.filter((name) => name.endsWith('.npz')).map((name) => path.join(samples.path, name))
  const sampleFiles = inFolder ?? [samples.path]
  return [...inputs, ...sampleFiles.map((file) => ({ file, what: 'one of the samples' }))]
}

async function requireWritable(
  { option, path: file }: Destination,
  problem: (option: string, why: string) => void,
): Promise<void> {
  const existing = await stat(file).catch(() => null)
  if (existing?.isDirectory() === true) problem(option, 'is a folder; name a file')
  // A device or a pipe would be replaced by a file, for everyone on the machine.
  else if (existing?.isFile() === false) problem(option, 'is not a file; name one')
  else {
    const folder = await nearestExisting(path.dirname(file))
    const why = await whyNotWritable(folder)
    if (why !== null) problem(option, `cannot be written: ${folder} ${why}; name a file in a folder you may write to`)
  }
}

async function whyNotWritable(folder: string): Promise<string | null> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'is not a folder'
    await access(folder, constants.W_OK)
    return null
  } catch (error) {
    const isReadOnly = error instanceof Error && 'code' in error && error.code === 'EROFS'
    return isReadOnly ? 'is on a file system that is read only' : 'may not be written by this user'
  }
}

async function checkWorkspace(
  workspace: string,
  named: readonly string[],
  problem: (option: string, why: string) => void,
): Promise<void> {
  const nearest = await nearestExisting(workspace)
  const found = await stat(nearest).catch(() => null)
  if (found?.isDirectory() === false) {
    problem('workspace', `cannot be made: ${nearest} is not a folder`)
    return
  }
  const root = await realPathOf(workspace)
  const inside: string[] = []
  for (const file of new Set(named)) if ((await realPathOf(file)).startsWith(root + path.sep)) inside.push(file)
  if (inside.length === 0) return
  problem('workspace', `is emptied and deleted by the run, with what lies in it (${inside.join(', ')}); name another`)
}

/** The same text for two paths of one file, also through links and for a file that is not there yet. */
async function identityOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null)
  return found === null ? realPathOf(file) : `${found.dev}:${found.ino}`
}

async function realPathOf(file: string): Promise<string> {
  const nearest = await nearestExisting(file)
  const real = await realpath(nearest).catch(() => nearest)
  return path.join(real, path.relative(nearest, file))
}
