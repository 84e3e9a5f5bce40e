import path from 'node:path'

import { expect, test } from 'vitest'

import { inspectPackage } from '../src/core/inspect.js'
import { openNavPackage, saveNavPackage } from '../src/core/nav-package/archive-file.js'
import type { PackageEntry } from '../src/core/nav-package/nav-package.js'
import { optimize } from '../src/core/optimize.js'
import { goodModels } from './models/make-models.js'
import { writePackage } from './nav-package/write-package.js'
import { temporaryFolder, testEnvironment, testRequest } from './support/run-engine.js'

test.each([
  ['in another case', ['onnx/FORMAT.LOG', 'Navigator.log'], ['navigator.log', 'onnx/format.log']],
  ['that is a folder', ['navigator.log/', 'onnx/format.log/x'], ['navigator.log', 'onnx/format.log']],
  ['with the sign for kelvin', ['onnx/reproduce_navp\u212ag.py'], ['onnx/reproduce_navpkg.py']],
])(
  'an incoming entry %s is kept, ours is left out, and the run does not fail',
  { timeout: 60_000 },
  async (_, incoming, leftOut) => {
    await using folder = await temporaryFolder()
    const given = await writePackage({ onnx: goodModels.mlp() }, folder.path, 'given')
    const opened = await openNavPackage(given, path.join(folder.path, 'first'))
    const added = incoming.map((name): [string, PackageEntry] => [name, entryCalled(name)])
    await saveNavPackage({ ...opened, entries: new Map([...opened.entries, ...added]) }, given)
    const source = { kind: 'package', path: given } as const
    const request = testRequest(folder.path, { source, inputShapes: new Map(), batchSizes: [1] })
    const { record } = await optimize(request, testEnvironment(folder.path))
    const { entries } = await openNavPackage(request.output, path.join(folder.path, 'second'))
    expect([...entries.keys()]).toEqual(expect.arrayContaining(incoming))
    expect(leftOut.filter((name) => entries.has(name))).toEqual([])
    const note = record.notes.find((one) => one.includes('is in the way'))
    expect(leftOut.filter((name) => note?.includes(JSON.stringify(name)))).toEqual(leftOut)
    expect((await inspectPackage(request.output)).finding).not.toBeNull()
  },
)

function entryCalled(name: string): PackageEntry {
  return name.endsWith('/') ? { kind: 'folder' } : { kind: 'memory', content: Buffer.from('theirs') }
}
