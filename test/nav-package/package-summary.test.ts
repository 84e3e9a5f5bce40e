import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'

import { afterEach, expect, test, vi } from 'vitest'

import { inspectPackage } from '../../src/core/inspect.js'
import { openNavPackage, readNavPackage } from '../../src/core/nav-package/archive-file.js'
import { entrySizes } from '../../src/core/nav-package/nav-package.js'
import { centralHeader, endRecords, localHeader } from '../../src/core/nav-package/zip-records.js'
import { temporaryFolder } from '../support/run-engine.js'
import { STATUS } from './hostile-folder.js'
import { makeZip, type RawEntry } from './make-zip.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a package of gigabytes is inspected without a byte written, where nothing could be', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'a.nav')
  await writeSparsePackage(file, 6e9)
  const temporary = path.join(folder.path, 'temporary')
  mkdirSync(temporary)
  chmodSync(temporary, 0o500)
  vi.stubEnv('TMPDIR', temporary)
  const report = await inspectPackage(file)
  expect(report).toMatchObject({ entries: 2, bytes: 6e9, models: [{ key: 'onnx', bytes: 6e9, isFound: true }] })
  expect([readdirSync(temporary), readdirSync(folder.path)]).toEqual([[], ['a.nav', 'temporary']])
})

const LARGE = Buffer.alloc(2.5 * 2 ** 20, 'a line of a log\n')
const ENTRIES: readonly RawEntry[] = [
  { name: 'onnx/', mode: 0o40755 },
  { name: 'onnx/model.onnx', content: 'a model' },
  { name: 'empty.log', content: '', method: 8 },
  { name: 'stored.log', content: LARGE },
  { name: 'deflated.log', content: LARGE, method: 8 },
]

test('a summary says what opening finds, and has the bytes of the entries that were asked for', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'a.nav')
  writeFileSync(file, makeZip([...ENTRIES, STATUS]))
  const wanted = ['empty.log', 'stored.log', 'deflated.log', 'none.log', 'onnx/', 'status.yaml']
  const summary = await readNavPackage(file, wanted)
  const opened = await openNavPackage(file, path.join(folder.path, 'opened'))
  const { status, spellings, warnings } = opened
  expect(summary).toMatchObject({ status, spellings, warnings })
  expect(summary.sizes).toEqual(entrySizes(opened))
  expect(summary.sizes.get('onnx/')).toBe(0)
  expect(summary.statusSha256).toBe(createHash('sha256').update(STATUS.content).digest('hex'))
  const contents = new Map([...summary.contents].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))
  expect(contents).toEqual(
    new Map([
      ['empty.log', ''],
      ['stored.log', LARGE.toString()],
      ['deflated.log', LARGE.toString()],
    ]),
  )
})

test('an entry that is asked for must be as the archive says, and others need not', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'a.nav')
  const damaged = ENTRIES.slice(2).map((entry) => ({ ...entry, crc: 1 }))
  writeFileSync(file, makeZip([...damaged, STATUS]))
  expect((await readNavPackage(file)).sizes.size).toBe(3)
  for (const { name } of damaged) {
    const refusal = {
      code: 'package-invalid',
      message: expect.stringContaining(`${String(name)} is damaged`) as unknown,
    }
    await expect(readNavPackage(file, [String(name)])).rejects.toMatchObject(refusal)
  }
})

/** A package whose model is a hole in the file: it takes no room, and its checksum is wrong. */
async function writeSparsePackage(file: string, modelBytes: number): Promise<void> {
  const text = Buffer.from(STATUS.content)
  const status = { name: STATUS.name, bytes: text.length, crc32: crc32(text), offset: 0 }
  const head = Buffer.concat([localHeader(status), text])
  const model = { name: 'onnx/model.onnx', bytes: modelBytes, crc32: 1, offset: head.length }
  const start = Buffer.concat([head, localHeader(model)])
  const list = Buffer.concat([centralHeader(status), centralHeader(model)])
  const listOffset = start.length + modelBytes
  await using handle = await open(file, 'wx')
  await handle.write(start)
  await handle.write(Buffer.concat([list, endRecords(2, list.length, listOffset)]), 0, null, listOffset)
}
