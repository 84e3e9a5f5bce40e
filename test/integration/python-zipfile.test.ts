import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { open, rm, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage, PackageEntry } from '../../src/core/nav-package/nav-package.js'
import { NO_SPELLINGS, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { fingerprintFile } from '../../src/core/subject.js'
import { makeStatus } from '../nav-package/make-status.js'
import { temporaryFolder } from '../support/run-engine.js'

/** Beyond what 32 bits count, and beyond it again where the second begins. */
const LARGE_BYTES = 2 ** 32 + 12_345

test('an entry above 4 GiB and what follows it go to Python’s zipfile and back', async (context) => {
  await using folder = await temporaryFolder()
  const { bavail, bsize } = await statfs(folder.path)
  if (bavail * bsize < 3 * LARGE_BYTES) context.skip('the disk has no room for two packages of more than 4 GiB')
  const large = path.join(folder.path, 'large')
  await using file = await open(large, 'wx')
  await file.write('begin')
  await file.write('end', LARGE_BYTES - 3)
  const disk: PackageEntry = { kind: 'disk', file: await fingerprintFile(large) }
  const small: PackageEntry = { kind: 'memory', content: Buffer.from('after') }
  const saved = path.join(folder.path, 'ours.nav')
  await saveNavPackage(withEntries([['a', disk], ['b', small]]), saved) // prettier-ignore
  await python(
    `with zipfile.ZipFile(given[0]) as ours:
         assert [(i.filename, i.file_size) for i in ours.infolist()][:2] == [('a', ${LARGE_BYTES}), ('b', 5)], ours.infolist()
         assert ours.testzip() is None
         assert ours.read('b') == b'after'`,
    saved,
  )
  await rm(saved)
  const theirs = path.join(folder.path, 'theirs.nav')
  await writeFile(path.join(folder.path, 'status.yaml'), printStatusYaml(makeStatus()))
  await python(
    `with zipfile.ZipFile(given[0], 'w') as theirs:
         theirs.write(given[1], 'a')
         theirs.writestr('b', b'after')
         theirs.write(given[2], 'status.yaml')`,
    theirs,
    large,
    path.join(folder.path, 'status.yaml'),
  )
  await rm(large)
  const workspace = path.join(folder.path, 'workspace')
  await openNavPackage(theirs, workspace)
  expect(statSync(path.join(workspace, 'a')).size).toBe(LARGE_BYTES)
  expect(readFileSync(path.join(workspace, 'b'), 'utf8')).toBe('after')
})

test('70,000 entries go to Python’s zipfile and back, and unzip takes them', async () => {
  await using folder = await temporaryFolder()
  const entries = Array.from({ length: 70_000 }, (_, index): [string, PackageEntry] => [
    `a/${index}`,
    { kind: 'memory', content: Buffer.from(`${index}`) },
  ])
  const [ours, theirs] = [path.join(folder.path, 'ours.nav'), path.join(folder.path, 'theirs.nav')]
  await saveNavPackage(withEntries(entries), ours)
  await promisify(execFile)('unzip', ['-tq', ours]).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  })
  await python(
    `with zipfile.ZipFile(given[0]) as ours, zipfile.ZipFile(given[1], 'w', zipfile.ZIP_DEFLATED) as theirs:
         assert ours.testzip() is None
         for name in ours.namelist():
             theirs.writestr(name, ours.read(name))`,
    ours,
    theirs,
  )
  const workspace = path.join(folder.path, 'workspace')
  const opened = await openNavPackage(theirs, workspace)
  expect(opened.entries.size).toBe(entries.length + 1)
  expect(readFileSync(path.join(workspace, 'a', '69999'), 'utf8')).toBe('69999')
})

test('names, folders and empty entries are the same to Python', async () => {
  await using folder = await temporaryFolder()
  const saved = path.join(folder.path, 'ours.nav')
  const text: PackageEntry = { kind: 'memory', content: Buffer.from('x') }
  const names = ['a b', 'model_input/profiling/0.npz', 'ünï/日本.txt', '😀', 'Con-text', '.hidden', '-rf']
  const entries = [...names.map((name): [string, PackageEntry] => [name, text]), ['f/', { kind: 'folder' }] as const]
  await saveNavPackage(withEntries(entries), saved)
  const script = `with zipfile.ZipFile(given[0]) as ours:
         print(json.dumps({i.filename: [i.is_dir(), i.flag_bits & 8, i.external_attr >> 16] for i in ours.infolist()}))`
  const seen = JSON.parse(await python(script, saved)) as Record<string, unknown>
  for (const name of names) expect(seen[name], name).toEqual([false, 0, 0o100644])
  expect(seen['f/']).toEqual([true, 0, 0o040755])
})

async function python(script: string, ...given: string[]): Promise<string> {
  const code = `import json, sys, zipfile\ngiven = sys.argv[1:]\n${script}`
  return (await promisify(execFile)('python3', ['-c', code, ...given])).stdout
}

function withEntries(entries: readonly (readonly [string, PackageEntry])[]): NavPackage {
  return { status: makeStatus(), spellings: NO_SPELLINGS, entries: new Map(entries), warnings: [] }
}
