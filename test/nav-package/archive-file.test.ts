import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { NavigatorError } from '../../src/core/errors.js'
import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { NavPackage, PackageEntry } from '../../src/core/nav-package/nav-package.js'
import { NO_SPELLINGS, parseStatusYaml, printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { runThatMade } from '../support/run-that-made.js'
import { makeStatus } from './make-status.js'
import { makeZip, type RawEntry } from './make-zip.js'

const STATUS: RawEntry = { name: 'status.yaml', content: printStatusYaml(makeStatus()) }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'navpkg-archive-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('a saved package opens with the same status and the same entries', async () => {
  const made = makePackage()
  const file = path.join(folder, 'a.nav')
  const saved = await saveNavPackage(made, file)
  const opened = await openNavPackage(file, path.join(folder, 'workspace'))
  expect(saved.bytes).toBe(readFileSync(file).length)
  expect(opened.status).toEqual(made.status)
  expect(opened.warnings).toEqual([])
  const { 'navpkg/manifest.json': manifest = '', ...contents } = contentsOf(opened)
  expect(contents).toEqual(contentsOf(made))
  expect(manifest).toContain('"name": "onnx/model.onnx"')
})

test('a folder that the archive lists survives, also an empty one', async () => {
  const { status } = parseStatusYaml(printStatusYaml(makeStatus()))
  const made = { ...makePackage(), status }
  const entries = new Map<string, PackageEntry>([...made.entries, ['onnx/assets/', { kind: 'folder' }]])
  const first = await saveNavPackage({ ...made, entries }, path.join(folder, 'a.nav'))
  const opened = await openNavPackage(first.path, path.join(folder, 'workspace'))
  expect(opened.entries.get('onnx/assets/')).toEqual({ kind: 'folder' })
  const second = await saveNavPackage(opened, path.join(folder, 'b.nav'))
  expect(second.sha256).toBe(first.sha256)
})

test('the same package gives the same bytes, in whatever order its entries were added', async () => {
  const made = makePackage()
  const turned = { ...made, entries: new Map([...made.entries].reverse()) }
  const first = await saveNavPackage(made, path.join(folder, 'a.nav'))
  const second = await saveNavPackage(turned, path.join(folder, 'b.nav'))
  expect(second.sha256).toBe(first.sha256)
  expect(readFileSync(second.path).equals(readFileSync(first.path))).toBe(true)
})

test('an opened package saved again gives the bytes it had', async () => {
  // Reading puts the fields of a status into the schema's order.
  const { status } = parseStatusYaml(printStatusYaml(makeStatus()))
  const first = await saveNavPackage({ ...makePackage(), status }, path.join(folder, 'a.nav'))
  const opened = await openNavPackage(first.path, path.join(folder, 'workspace'))
  const second = await saveNavPackage(opened, path.join(folder, 'b.nav'))
  expect(second.sha256).toBe(first.sha256)
})

test.each<[string, Buffer, string]>([
  ['text', Buffer.from('format_version: 0.3.2\n'.repeat(10)), 'package-not-zip'],
  ['an empty file', Buffer.alloc(0), 'package-not-zip'],
  ['a truncated archive', makeZip([STATUS, { name: 'a.txt', content: 'a' }]).subarray(0, -40), 'package-not-zip'],
  ['an archive without status.yaml', makeZip([{ name: 'a.txt' }]), 'package-invalid'],
  ['a bundle of in-place modules', makeZip([{ name: 'tags.yaml' }, { name: 'm/0/status.yaml' }]), 'package-invalid'],
  ['a wrong checksum', makeZip([STATUS, { name: 'a.txt', content: 'a', crc: 1 }]), 'package-invalid'],
  ['a status that is no map', makeZip([{ name: 'status.yaml', content: '[]' }]), 'package-invalid'],
])('%s is refused and nothing is left', async (_, bytes, code) => {
  expect(await refusalOf(bytes)).toEqual({ code, left: ['hostile.nav'] })
})

test('a bundle of in-place modules is told from other archives without status.yaml', async () => {
  const file = path.join(folder, 'hostile.nav')
  writeFileSync(file, makeZip([{ name: 'tags.yaml' }]))
  const error = await errorOf(openNavPackage(file, path.join(folder, 'workspace')))
  expect(error.message).toContain('in-place')
})

test('a file that is not there is named as unreadable', async () => {
  const error = await errorOf(openNavPackage(path.join(folder, 'none.nav'), path.join(folder, 'workspace')))
  expect(error.code).toBe('file-unreadable')
})

test('a workspace folder that exists already is left alone', async () => {
  const { path: file } = await saveNavPackage(makePackage(), path.join(folder, 'a.nav'))
  const workspace = path.join(folder, 'workspace')
  mkdirSync(workspace)
  writeFileSync(path.join(workspace, 'mine.txt'), 'mine')
  const error = await errorOf(openNavPackage(file, workspace))
  expect(error.code).toBe('workspace-foreign')
  expect(readdirSync(workspace)).toEqual(['mine.txt'])
  expect(readFileSync(path.join(workspace, 'mine.txt'), 'utf8')).toBe('mine')
})

test('saving into a folder that is not there is refused and makes nothing', async () => {
  const error = await errorOf(saveNavPackage(makePackage(), path.join(folder, 'none', 'a.nav')))
  expect([error.code, existsSync(path.join(folder, 'none'))]).toEqual(['output-unwritable', false])
})

test('saving where a folder is in the way leaves the folder and no temporary file', async () => {
  mkdirSync(path.join(folder, 'a.nav'))
  const before = readdirSync(folder)
  const error = await errorOf(saveNavPackage(makePackage(), path.join(folder, 'a.nav')))
  expect([error.code, readdirSync(folder)]).toEqual(['output-unwritable', before])
})

test('a save removes what a killed one left beside the same file', async () => {
  const file = path.join(folder, 'a.nav')
  const run = await runThatMade(file, 'file')
  await run.kill()
  expect(readdirSync(folder)).toHaveLength(1)
  await saveNavPackage(makePackage(), file)
  expect(readdirSync(folder)).toEqual(['a.nav'])
})

test('a save that fails halfway leaves the old file and no temporary file', async () => {
  const file = path.join(folder, 'a.nav')
  writeFileSync(file, 'old')
  const gone: PackageEntry = { kind: 'disk', file: { path: path.join(folder, 'gone'), bytes: 3, sha256: '' } }
  const made = makePackage()
  await expect(saveNavPackage({ ...made, entries: new Map([...made.entries, ['gone', gone]]) }, file)).rejects.toThrow()
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

function makePackage(): NavPackage {
  const memory = (text: string): PackageEntry => ({ kind: 'memory', content: Buffer.from(text) })
  const entries = new Map([
    ['onnx/model.onnx', memory('a model')],
    ['model_input/profiling/0.npz', memory('')],
    ['navpkg/record ü.json', memory('{}')],
  ])
  return { status: makeStatus(), spellings: NO_SPELLINGS, entries, warnings: [] }
}

function contentsOf({ entries }: NavPackage): Record<string, string> {
  const textOf = (entry: PackageEntry): string => {
    if (entry.kind === 'folder') return 'a folder'
    return Buffer.from(entry.kind === 'disk' ? readFileSync(entry.file.path) : entry.content).toString()
  }
  return Object.fromEntries([...entries].map(([name, entry]) => [name, textOf(entry)]))
}

/** The error's code, and what lies in the test's folder afterwards: nothing but the archive is right. */
async function refusalOf(bytes: Buffer): Promise<{ code: string; left: string[] }> {
  writeFileSync(path.join(folder, 'hostile.nav'), bytes)
  const { code } = await errorOf(openNavPackage(path.join(folder, 'hostile.nav'), path.join(folder, 'workspace')))
  return { code, left: readdirSync(folder) }
}

async function errorOf(attempt: Promise<unknown>): Promise<NavigatorError> {
  const error: unknown = await attempt.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (error instanceof NavigatorError) return error
  throw new Error(`Expected a NavigatorError, got ${String(error)}`)
}
