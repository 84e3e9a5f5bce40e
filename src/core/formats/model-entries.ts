import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'

import { NavigatorError } from '../errors.js'

/** A file of a model, or one of its folders (`file` null, name ending in `/`), by its name in the package. */
export interface ModelEntry {
  readonly name: string
  readonly file: string | null
}

/** Far more than any SavedModel has. */
const MOST_ENTRIES = 10_000
const DEEPEST = 32

/**
 * The entries of a model that lies at `name` in a package: one for a file, all below it for a folder, itself included,
 * as the real Navigator lists a folder. Sorted. Throws `model-unsupported` with every entry that no package can hold,
 * such as links that lead out of the folder.
 */
export async function modelEntries(model: string, name: string): Promise<ModelEntry[]> {
  if (!(await stat(model)).isDirectory()) return [{ name, file: model }]
  const root = await realpath(model)
  const problems: string[] = []
  const entries = await entriesBelow({ root, folder: model, name: `${name}/`, problems }, DEEPEST)
  problems.push(...twins(entries))
  if (problems.length > 0) {
    throw new NavigatorError('model-unsupported', `${model} holds what no package can hold. Remove it.`, {
      problems: problems.slice(0, 20),
    })
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Walk {
  /** The model's real folder, which links may not leave. */
  readonly root: string
  readonly folder: string
  /** The folder's name in the package, with its `/`. */
  readonly name: string
  readonly problems: string[]
}

async function entriesBelow(walk: Walk, levels: number): Promise<ModelEntry[]> {
  const { root, folder, name, problems } = walk
  const entries: ModelEntry[] = [{ name, file: null }]
  for (const child of await readdir(folder)) {
    const file = path.join(folder, child)
    const why = await whyNot(root, file, child)
    if (why !== null) problems.push(`${JSON.stringify(path.relative(root, file))}: ${why}`)
    else if (!(await stat(file)).isDirectory()) entries.push({ name: name + child, file })
    else if (levels === 0) problems.push(`${JSON.stringify(path.relative(root, file))}: it is too deep`)
    else entries.push(...(await entriesBelow({ ...walk, folder: file, name: `${name}${child}/` }, levels - 1)))
    if (entries.length > MOST_ENTRIES) throw tooMany(folder)
  }
  return entries
}

/** Names that are one file on some systems, so that a package may not hold both. */
function twins(entries: readonly ModelEntry[]): string[] {
  const seen = new Map<string, string>()
  return entries.flatMap(({ name }) => {
    const folded = name.replace(/\/$/, '').normalize('NFC').toLowerCase()
    const twin = seen.get(folded)
    seen.set(folded, name)
    return twin === undefined
      ? []
      : [`${JSON.stringify(name)}: on some systems it is the same file as ${JSON.stringify(twin)}`]
  })
}

async function whyNot(root: string, file: string, child: string): Promise<string | null> {
  if (/[\p{Cc}\\]/u.test(child)) return 'its name holds a control character or a backslash'
  const target = await realpath(file).catch(() => null)
  if (target === null) return 'it is a link that leads nowhere'
  if (!target.startsWith(root + path.sep)) return `it is a link that leads outside the model, to ${target}`
  const facts = await stat(target)
  if (!facts.isFile() && !facts.isDirectory()) return 'it is neither a file nor a folder'
  return facts.isDirectory() && (await lstat(file)).isSymbolicLink() ? 'it is a link to a folder' : null
}

function tooMany(folder: string): NavigatorError {
  return new NavigatorError(
    'model-unsupported',
    `${folder} holds more than ${MOST_ENTRIES} files; that is no SavedModel.`,
  )
}
