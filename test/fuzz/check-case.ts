import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'

import { NavigatorError } from '../../src/core/errors.js'
import { inspectPackage } from '../../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage } from '../../src/core/nav-package/nav-package.js'
import { parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { describeModel } from '../../src/core/onnx/describe.js'
import { checkExternalData, externalDataNeeds } from '../../src/core/onnx/external-data.js'
import { decodeModel, encodeModel } from '../../src/core/onnx/model-file.js'
import { decodeNpy, encodeNpy } from '../../src/core/tensors/npy.js'
import { readNpz, writeNpz } from '../../src/core/tensors/npz.js'
import type { Case } from './cases.js'

/** How a case ended that did no harm: `loads`, or the code of the refusal. */
export type CaseEnd = string

/**
 * Reads a mutated file in `scene`, a folder that {@link makeScene} made. Throws what no reader may throw, and when what
 * loads is not the same after writing and reading it again, or when anything was written where it should not be.
 */
export async function checkCase({ kind, bytes }: Case, scene: string): Promise<CaseEnd> {
  switch (kind) {
    case 'package':
      return checkPackage(bytes, scene)
    case 'npy':
      return ending(() => {
        const tensor = decodeNpy(bytes)
        requireSame(decodeNpy(encodeNpy(tensor)), tensor)
      })
    case 'npz':
      return ending(async () => {
        const tensors = await readNpz(bytes)
        requireSame(await readNpz(await writeNpz(tensors)), tensors)
      })
    case 'status':
      return ending(() => {
        const { status, spellings } = parseStatusYaml(bytes.toString())
        const again = parseStatusYaml(printStatusYaml(status, spellings))
        requireSame([again.status, again.spellings], [status, spellings])
      })
    case 'model':
      return ending(() => {
        const model = decodeModel(bytes)
        describeModel(model)
        checkExternalData([...externalDataNeeds(model).keys()])
        requireSame(encodeModel(decodeModel(encodeModel(model))), encodeModel(model))
      })
  }
}

/** A harmful end that is no error of the code under test alone, or a wrong result of it. */
class Harm extends Error {}

async function ending(attempt: () => unknown): Promise<CaseEnd> {
  try {
    await attempt()
    return 'loads'
  } catch (error) {
    if (error instanceof NavigatorError) return error.code
    throw error
  }
}

function requireSame(again: unknown, first: unknown): void {
  if (!isDeepStrictEqual(again, first)) throw new Harm('what was read is not the same after writing and reading it')
}

const SENTINELS = ['sentinel', 'near/sentinel', 'near/escaped']

/** A folder with files of a user's around the place where packages are unpacked. */
export function makeScene(scene: string): void {
  for (const folder of ['', 'near', 'temporary']) mkdirSync(path.join(scene, folder))
  for (const name of SENTINELS) writeFileSync(path.join(scene, name), `the user's ${name}`)
}

async function checkPackage(bytes: Buffer, scene: string): Promise<CaseEnd> {
  const near = path.join(scene, 'near')
  const file = path.join(near, 'a.nav')
  writeFileSync(file, bytes)
  const end = await ending(async () => {
    const opened = await openNavPackage(file, path.join(near, 'workspace'))
    requireInside(opened, path.join(near, 'workspace'))
    await refuseHarm(async () => {
      await saveNavPackage(opened, path.join(near, 'b.nav'))
      const again = await openNavPackage(path.join(near, 'b.nav'), path.join(near, 'again'))
      requireSame([again.status, again.spellings], [opened.status, opened.spellings])
      requireSame(hashesOf(again), hashesOf(opened))
      await inspectPackage(file)
    })
  })
  if (end !== 'loads' && existsSync(path.join(near, 'workspace'))) throw new Harm('a workspace was left')
  for (const name of ['a.nav', 'b.nav', 'workspace', 'again'])
    rmSync(path.join(near, name), { recursive: true, force: true })
  requireUntouched(scene)
  return end
}

/** What was read once must be written and read again: a refusal then is a fault. */
async function refuseHarm(attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    throw new Harm(
      `a package that loads is refused when it is saved and opened: ${error.message} ${error.problems.join('; ')}`,
    )
  }
}

function requireInside({ entries }: NavPackage, folder: string): void {
  for (const [name, entry] of entries) {
    const target = entry.kind === 'disk' ? entry.file.path : path.join(folder, name)
    const facts = lstatSync(target)
    if (!target.startsWith(folder + path.sep) || !(facts.isFile() || facts.isDirectory())) {
      throw new Harm(`${JSON.stringify(name)} is not a file in the workspace`)
    }
  }
}

function hashesOf({ entries }: NavPackage): Map<string, string> {
  const hashes = [...entries].map(
    ([name, entry]) => [name, entry.kind === 'disk' ? entry.file.sha256 : entry.kind] as const,
  )
  return new Map(hashes.filter(([name]) => name !== 'navpkg/manifest.json').sort(([a], [b]) => (a < b ? -1 : 1)))
}

function requireUntouched(scene: string): void {
  const found = readdirSync(scene, { recursive: true, encoding: 'utf8' }).sort()
  const expected = ['near', 'temporary', ...SENTINELS].sort()
  if (!isDeepStrictEqual(found, expected)) throw new Harm(`written outside the workspace: ${found.join(', ')}`)
  for (const name of SENTINELS) {
    if (readFileSync(path.join(scene, name), 'utf8') !== `the user's ${name}`) throw new Harm(`${name} was overwritten`)
  }
}
