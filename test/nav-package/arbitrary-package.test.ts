import { readFile } from 'node:fs/promises'
import path from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage } from '../../src/core/nav-package/nav-package.js'
import { temporaryFolder } from '../support/run-engine.js'
import { arbitraryPackage } from './arbitrary-package.js'

test('any package that is saved is read back equal, and saved again with the same bytes', async () => {
  await using folder = await temporaryFolder()
  let count = 0
  await fc.assert(
    fc.asyncProperty(arbitraryPackage, async (given) => {
      const file = path.join(folder.path, `${count++}.nav`)
      await saveNavPackage(given, file)
      const opened = await openNavPackage(file, `${file}.first`)
      expect(opened.status).toEqual(given.status)
      expect(await contentsOf(opened)).toEqual(await contentsOf(given))
      expect(opened.warnings).toEqual([])
      const bytes = await readFile(file)
      await saveNavPackage(opened, file)
      expect((await readFile(file)).equals(bytes)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

/** Every file but the manifest, which saving adds. */
async function contentsOf({ entries }: NavPackage): Promise<Map<string, string>> {
  const contents = new Map<string, string>()
  for (const [name, entry] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name === 'navpkg/manifest.json' || entry.kind === 'folder') continue
    const content = entry.kind === 'disk' ? await readFile(entry.file.path) : entry.content
    contents.set(name, Buffer.from(content).toString('base64'))
  }
  return contents
}
