import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { expect, test, type TestContext } from 'vitest'

import { inspectPackage } from '../../src/core/inspect.js'
import { printStatusYaml } from '../../src/core/nav-package/status-yaml.js'
import { goodModels } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { makeStatus } from '../nav-package/make-status.js'
import { makeZip } from '../nav-package/make-zip.js'
import { buildPackageProcess, makePackageFiles } from '../support/build-package-process.js'
import { type Exit, run } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

const QUICK = ['--settings', 'default', '--batch-sizes', '1', '--time-budget', '10s', '--exclusive', 'off']

/** How to start a command in a mount namespace of its own; null where this machine lets nobody do so. */
async function namespace(): Promise<string[] | null> {
  const ways = [
    ['unshare', '-m'],
    ['unshare', '-rm'],
    ['sudo', '-n', 'unshare', '-m'],
  ]
  for (const way of ways) {
    const [command = '', ...given] = way
    const mount = ['sh', '-c', 'mount -t tmpfs tmpfs /mnt']
    const works = await promisify(execFile)(command, [...given, ...mount]).then(
      () => true,
      () => false,
    )
    if (works) return way
  }
  return null
}

interface Small extends Exit {
  /** Names in the small file system afterwards, and the text of `old` there. */
  readonly left: string
}

interface Disk {
  /** Of the file system. */
  readonly options: string
  /** Shell that is run in there before, for instance to fill it. */
  readonly prepare: string
}

/** Runs `navpkg optimize` with a small file system mounted at `folder/small`; it holds a file `old` from the start. */
async function withSmallDisk(
  context: TestContext,
  folder: string,
  disk: Disk,
  given: readonly string[],
): Promise<Small> {
  const navpkg = [process.execPath, path.resolve('dist/cli/index.js'), 'optimize', ...given, ...QUICK]
  return runWithSmallDisk(context, folder, disk, navpkg)
}

async function runWithSmallDisk(
  context: TestContext,
  folder: string,
  disk: Disk,
  program: readonly string[],
): Promise<Small> {
  const way = await namespace()
  if (way === null) {
    context.skip('a small file system can be mounted neither as root nor in a namespace of one’s own')
  }
  const small = path.join(folder, 'small')
  await mkdir(small, { recursive: true })
  const script = [
    `mount -t tmpfs -o ${disk.options} tmpfs "$1" && cd "$1" && printf before > old`,
    disk.prepare,
    'shift; "$@"; code=$?',
    'echo "left: $(ls -A | tr "\\n" " ")$(cat old)"; exit $code',
  ].join('\n')
  const [command = '', ...rest] = [...way, 'sh', '-c', script, 'sh', small, ...program]
  const exit = await run(command, rest)
  return { ...exit, left: /^left: (.*)$/m.exec(exit.stdout)?.[1] ?? '' }
}

const FILL = 'dd if=/dev/zero of=filler bs=4k 2>/dev/null; true'

test('an output without room for the model is refused before any work, and the old file is kept', async (context) => {
  await using folder = await temporaryFolder()
  const model = writeModel(goodModels.mlp(), folder.path)
  const output = path.join(folder.path, 'small', 'old')
  const disk = { options: 'size=64k', prepare: FILL }
  const { code, stderr, left } = await withSmallDisk(context, folder.path, disk, [model, '--output', output])
  expect({ code, left }).toEqual({ code: 4, left: 'filler old before' })
  expect(stderr).toBe(
    `Reading the model\nError: The disk of ${folder.path}/small has 0 KiB free; this needs about 3 KiB. Free some room, or name folders on another disk.\n`,
  )
})

test('an output without room for the samples and the record keeps the old file and nothing half-written', async (context) => {
  await using folder = await temporaryFolder()
  const model = writeModel(goodModels.mlp(), folder.path)
  const output = path.join(folder.path, 'small', 'old')
  const disk = { options: 'size=16k', prepare: '' }
  const { code, stderr, left } = await withSmallDisk(context, folder.path, disk, [model, '--output', output])
  expect({ code, left }).toEqual({ code: 4, left: 'old before' })
  expect(stderr).toMatch(
    /\nError: (No room left on the disk to write .*\/small\/old\. Free some, or write elsewhere|The disk of .*\/small has \d+ KiB free; this needs about [\d.]+ [KM]iB\. .*)\.\n$/,
  )
})

test('a workspace without room for the package is refused before it is unpacked', async (context) => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'p.nav')
  const status = { name: 'status.yaml', content: printStatusYaml(makeStatus()) }
  await writeFile(file, makeZip([status, { name: 'onnx/model.onnx', content: new Uint8Array(2 ** 20) }]))
  const workspace = path.join(folder.path, 'small', 'work')
  const given = [file, '--workspace', workspace, '--output', path.join(folder.path, 'x.nav')]
  const disk = { options: 'size=256k', prepare: '' }
  const { code, stderr } = await withSmallDisk(context, folder.path, disk, given)
  expect(code).toBe(4)
  expect(stderr).toContain(`Error: The disk of ${workspace} has `)
  expect(stderr).toMatch(
    / has 2\d\d KiB free; this needs about 1\.0 MiB\. Free some room, or name folders on another disk\.\n$/,
  )
})

test('a record that has no room left does not cost the package', async (context) => {
  await using folder = await temporaryFolder()
  const model = writeModel(goodModels.mlp(), folder.path)
  const output = path.join(folder.path, 'x.nav')
  const given = [model, '--output', output, '--json', path.join(folder.path, 'small', 'old')]
  const disk = { options: 'size=64k', prepare: FILL }
  const { code, stderr, left } = await withSmallDisk(context, folder.path, disk, given)
  expect({ code, left }).toEqual({ code: 4, left: 'filler old before' })
  expect(stderr).toContain('small/old. Free some, or write elsewhere. The run goes on without it.\n')
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    `Error: No room left on the disk to write ${folder.path}/small/old. Free some, or write elsewhere. The package itself was saved: ${output}.`,
  )
  expect((await inspectPackage(output)).models.map(({ key }) => key)).toEqual(['onnx'])
})

test('a save without room is refused before it writes, and one that runs out of it leaves the old file only', async (context) => {
  await using folder = await temporaryFolder()
  const program = path.join(folder.path, 'process.mjs')
  const files = path.join(folder.path, 'files')
  await buildPackageProcess(program)
  await makePackageFiles(files, [60e6])
  const output = path.join(folder.path, 'small', 'old')
  const save = [process.execPath, program, 'write', files, output]
  const none = await runWithSmallDisk(context, folder.path, { options: 'size=20m', prepare: '' }, save)
  expect(none).toMatchObject({ code: 4, left: 'old before' })
  expect(none.stderr).toMatch(/^disk-full: The disk of .*\/small has 20\.0 MiB free; this needs about 57\.\d MiB\./)
  // Another program takes the room as soon as the new file is begun.
  const greedy = '(while ! ls *.tmp; do :; done; dd if=/dev/zero of=filler bs=1M) >/dev/null 2>&1 &'
  const rest = await runWithSmallDisk(context, folder.path, { options: 'size=62m', prepare: greedy }, save)
  expect(rest).toMatchObject({ code: 4, left: 'filler old before' })
  expect(rest.stderr).toMatch(/^disk-full: No room left on the disk to write .*\/small\/old\./)
})

test('an unpacking that runs out of room leaves nothing', async (context) => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'p.nav')
  const status = { name: 'status.yaml', content: printStatusYaml(makeStatus()) }
  // Each takes a whole page of the disk, which their sizes do not tell.
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `onnx/${index}`, content: 'x' }))
  await writeFile(file, makeZip([status, ...many]))
  const target = path.join(folder.path, 'small', 'unpacked')
  const read = [process.execPath, path.resolve('dist/cli/index.js'), 'unpack', file, '--output', target]
  const { code, stderr, left } = await runWithSmallDisk(context, folder.path, { options: 'size=1m', prepare: '' }, read)
  expect({ code, left }).toEqual({ code: 4, left: 'old before' })
  expect(stderr).toMatch(/^Error: No room left on the disk to write .*\/small\/unpacked/)
})

test('an output on a file system that is read only is bad input', async (context) => {
  await using folder = await temporaryFolder()
  const model = writeModel(goodModels.mlp(), folder.path)
  const output = path.join(folder.path, 'small', 'x.nav')
  const disk = { options: 'size=64k', prepare: 'mount -o remount,ro "$1"' }
  const { code, stderr, left } = await withSmallDisk(context, folder.path, disk, [model, '--output', output])
  expect({ code, left }).toEqual({ code: 2, left: 'old before' })
  expect(stderr).toBe(
    `Error: An option cannot be used.\n  --output: "${output}" cannot be written: ${folder.path}/small is on a file system that is read only; name a file in a folder you may write to\n`,
  )
})
