import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import type { PackageDifference } from '../../src/core/diff.js'
import type { VerifyReport } from '../../src/core/verify.js'
import { brokenFiles } from '../models/make-models.js'
import { STATUS } from '../nav-package/hostile-folder.js'
import {
  type Content,
  mlpStatus,
  modelRow,
  packageContent,
  withManifest,
  writeContent,
} from '../nav-package/package-content.js'
import { makeZip } from '../nav-package/make-zip.js'
import { CLI_PATH } from '../support/built-paths.js'
import { navpkg, run } from '../support/navpkg.js'
import { temporaryFolder } from '../support/run-engine.js'

/** A whole package, and the same with another model and a hostile name. */
async function twoPackages(folder: string): Promise<[whole: string, broken: string]> {
  const whole = withManifest(await packageContent())
  const broken: Content = new Map([...whole, ['onnx/model.onnx', brokenFiles.truncated()], ['\u202e##[error]x', 'y']])
  return [writeContent(path.join(folder, 'whole.nav'), whole), writeContent(path.join(folder, 'broken.nav'), broken)]
}

test('verify exits with 0 for a whole package and with 1 for one that is not, naming what', async () => {
  await using folder = await temporaryFolder()
  const [whole, broken] = await twoPackages(folder.path)
  const good = await navpkg('verify', whole)
  expect({ ...good, stdout: good.stdout.replace(/in \d+ ms/, 'in N ms').replaceAll(folder.path, 'DIR') }).toEqual({
    code: 0,
    stderr: '',
    stdout: `✓ status.yaml: reads as format 0.3.2
✓ navpkg/manifest.json: size and SHA-256 of all 8 files are as it lists them
✓ onnx/model.onnx: reads, opset 17; loads in ONNX Runtime 1.30.0 in N ms
✓ model_input/profiling: 1 sample fits status.yaml
✓ model_output/profiling: 1 sample fits status.yaml
✓ model_input/correctness: 1 sample fits status.yaml
✓ model_output/correctness: 1 sample fits status.yaml
✓ model_input/conversion: 1 sample fits status.yaml
✓ model_output/conversion: 1 sample fits status.yaml
DIR/whole.nav is whole: 9 checks passed.
`,
  })
  const bad = await navpkg('verify', broken, '--no-load')
  expect(bad.code).toBe(1)
  expect(bad.stdout).toContain('✗ onnx/model.onnx: has 300 bytes; the manifest says ')
  expect(bad.stdout).toContain('✗ ##\u200b[error]x: is not listed in the manifest\n')
  expect(bad.stdout).toContain('✗ onnx/model.onnx: The file is not an ONNX model, or it was cut off.')
  expect(bad.stdout).toMatch(/broken\.nav is not whole: 3 of 11 checks failed\.\n$/)
})

test('verify gives the same as JSON', async () => {
  await using folder = await temporaryFolder()
  const [, broken] = await twoPackages(folder.path)
  const json = path.join(folder.path, 'report.json')
  const { code, stdout } = await navpkg('verify', broken, '--no-load', '--json', json)
  const report = JSON.parse(await readFile(json, 'utf8')) as VerifyReport
  expect({ code, verdict: report.verdict }).toEqual({ code: 1, verdict: 'failed' })
  expect(report.checks.map(({ subject }) => subject)).toContain('\u202e##[error]x')
  expect(stdout.split('\n')).toHaveLength(report.checks.length + 2)
})

test('verify reads the models where no runtime can be had, and says that it loaded none', async () => {
  await using folder = await temporaryFolder()
  const [whole] = await twoPackages(folder.path)
  const cli = path.join(folder.path, 'cli', 'index.js')
  await cp(CLI_PATH, cli)
  await writeFile(path.join(folder.path, 'package.json'), '{"type": "module"}')
  const { code, stdout } = await run(process.execPath, [cli, 'verify', whole])
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^– ONNX Runtime: models were read and not loaded: ONNX Runtime cannot be used/m,
    ) as unknown,
  })
})

test('unpack makes a new folder with all that is in the package, and says what', async () => {
  await using folder = await temporaryFolder()
  const [whole] = await twoPackages(folder.path)
  const output = path.join(folder.path, 'deep', 'out')
  const { code, stdout } = await navpkg('unpack', whole, '--output', output)
  const [first, head, model] = stdout.split('\n')
  expect({ code, first }).toEqual({
    code: 0,
    first: expect.stringMatching(/^9 files, .* kB, unpacked to .*deep\/out$/) as unknown,
  })
  expect([head, model].map((line) => line?.split(/  +/).filter((_, index) => index !== 1))).toEqual([
    ['model', 'path'],
    ['onnx', 'onnx/model.onnx'],
  ])
  expect((await readdir(output)).sort()).toEqual(['model_input', 'model_output', 'navpkg', 'onnx', 'status.yaml'])
})

test('unpack warns when the files are not as the manifest lists them', async () => {
  await using folder = await temporaryFolder()
  const content = withManifest(await packageContent()).set('new.txt', 'new')
  const file = writeContent(path.join(folder.path, 'p.nav'), content)
  const { code, stdout } = await navpkg('unpack', file, '--output', path.join(folder.path, 'out'))
  expect({ code, last: stdout.split('\n').at(-2) }).toEqual({
    code: 0,
    last: 'Files are not as the manifest of the package lists them; run navpkg verify on it.',
  })
})

test('unpack leaves a folder that exists alone, whatever is in it', async () => {
  await using folder = await temporaryFolder()
  const [whole] = await twoPackages(folder.path)
  const output = path.join(folder.path, 'mine')
  await mkdir(output)
  const { code, stderr } = await navpkg('unpack', whole, '--output', output)
  expect({ code, left: await readdir(output) }).toEqual({ code: 2, left: [] })
  expect(stderr).toBe(
    `Error: ${whole}: ${output} exists already and was left alone. Name a new folder.\n`.replace(`${whole}: `, ''),
  )
})

test('diff exits with 0 unless asked to tell', async () => {
  await using folder = await temporaryFolder()
  const [whole, broken] = await twoPackages(folder.path)
  expect(await navpkg('diff', whole, whole, '--exit-code')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nidentical: the files are equal byte by byte\n$/) as unknown,
  })
  expect(await navpkg('diff', whole, broken)).toMatchObject({ code: 0, stderr: '' })
  expect(await navpkg('diff', whole, broken, '--exit-code')).toMatchObject({ code: 1, stderr: '' })
})

test('diff prints what differs only, with names that no terminal or runner obeys', async () => {
  await using folder = await temporaryFolder()
  const [whole, broken] = await twoPackages(folder.path)
  const { stdout } = await navpkg('diff', whole, broken)
  expect(stdout.replaceAll(folder.path, 'DIR').split('\n').slice(2)).toEqual([
    '',
    'models',
    expect.stringMatching(/^ {2}~ onnx: other content, [\d.]+ kB → 300 B$/),
    '      ~ onnx/model.onnx',
    '',
    'other files',
    '  + ##\u200b[error]x',
    '',
  ])
})

test('diff gives the same as JSON', async () => {
  await using folder = await temporaryFolder()
  const [whole] = await twoPackages(folder.path)
  const status = mlpStatus({ models_status: { onnx: modelRow('onnx', 'onnx/model.onnx') } })
  const other = writeContent(path.join(folder.path, 'other.nav'), await packageContent(status))
  const { stdout } = await navpkg('diff', whole, other, '--json', '-')
  const { verdict, content } = JSON.parse(stdout) as PackageDifference
  expect({ verdict, changes: content?.models[0]?.statuses }).toEqual({
    verdict: 'different',
    changes: [
      { path: 'CopyModel', a: 'OK', b: null },
      { path: 'OnnxCPU', a: '{"Correctness":"OK","Performance":"SKIPPED","VerifyModel":"SKIPPED"}', b: null },
    ],
  })
})

const UNSAFE =
  'The package was refused: some of its entries are not safe to unpack. Save it again with nav.package.save.'
const COMMANDS: [string, (file: string, folder: string) => string[]][] = [
  ['verify', (file) => ['verify', file]],
  ['unpack', (file, folder) => ['unpack', file, '--output', path.join(folder, 'out')]],
  ['diff', (file, folder) => ['diff', path.join(folder, 'whole.nav'), file]],
]

test.each(
  COMMANDS.flatMap(([name, given]) => [
    { name, given, what: 'is missing', bytes: null, message: 'Error: DIR/p.nav does not exist. Give a .nav file.\n' },
    {
      name,
      given,
      what: 'is no zip',
      bytes: Buffer.from('text'),
      message: /^Error: DIR\/p\.nav is not a Navigator Package: it is no zip archive/,
    },
    {
      name,
      given,
      what: 'is not safe',
      bytes: makeZip([{ name: 'status.yaml' }, { name: '../up' }]),
      message: `Error: DIR/p.nav: ${UNSAFE}\n  "../up": its name climbs out of the package\n`,
    },
    {
      name,
      given,
      what: 'is damaged',
      bytes: makeZip([STATUS, { name: 'a', content: 'a', crc: 1 }]),
      message: /^Error: DIR\/p\.nav: a is damaged: its checksum does not match/,
    },
    {
      name,
      given,
      what: 'has no status.yaml',
      bytes: makeZip([]),
      message: /^Error: DIR\/p\.nav: The archive has no status\.yaml/,
    },
  ]),
)('$name refuses a package that $what, with exit 2 and nothing left', async ({ given, bytes, message }) => {
  await using folder = await temporaryFolder()
  writeContent(path.join(folder.path, 'whole.nav'), await packageContent())
  const file = path.join(folder.path, 'p.nav')
  if (bytes !== null) await writeFile(file, bytes)
  const before = await readdir(folder.path)
  const { code, stdout, stderr } = await navpkg(...given(file, folder.path))
  expect({ code, stdout, left: await readdir(folder.path) }).toEqual({ code: 2, stdout: '', left: before })
  const said = stderr.replaceAll(folder.path, 'DIR')
  if (typeof message === 'string') expect(said).toBe(message)
  else expect(said).toMatch(message)
})

test.each(COMMANDS)('%s refuses at once what is no file', async (_, given) => {
  await using folder = await temporaryFolder()
  writeContent(path.join(folder.path, 'whole.nav'), await packageContent())
  const [pipe, unpacked] = [path.join(folder.path, 'pipe'), path.join(folder.path, 'unpacked')]
  await mkdir(unpacked)
  await run('mkfifo', [pipe])
  const said = async (file: string): Promise<unknown> => {
    const { code, stderr } = await navpkg(...given(file, folder.path))
    return { code, said: stderr.replaceAll(folder.path, 'DIR') }
  }
  const PIPE = 'is a pipe or a device; give the .nav file.'
  expect(await said(pipe)).toEqual({ code: 2, said: `Error: DIR/pipe ${PIPE}\n` })
  expect(await said('/dev/zero')).toEqual({ code: 2, said: `Error: /dev/zero ${PIPE}\n` })
  const why = 'is a folder; give the .nav file, not what was unpacked of it.'
  expect(await said(unpacked)).toEqual({ code: 2, said: `Error: DIR/unpacked ${why}\n` })
})

test.each([
  ['no name', '', '--json: no file is named; name one, or - for standard output.'],
  ['a folder', 'DIR', '--json: "DIR" is a folder; name a file.'],
  ['what lies below a file', 'DIR/whole.nav/x', 'DIR/whole.nav/x cannot be written (EEXIST). Name a file in a folder you may write to.'], // prettier-ignore
])('%s as --json is refused before there is a result', async (_, json, message) => {
  await using folder = await temporaryFolder()
  const [whole, broken] = await twoPackages(folder.path)
  const output = path.join(folder.path, 'out')
  for (const given of [
    ['inspect', whole],
    ['verify', whole, '--no-load'],
    ['unpack', whole, '--output', output],
    ['diff', whole, broken],
    ['doctor'],
  ]) {
    // prettier-ignore
    const { code, stdout, stderr } = await navpkg(...given, '--json', json.replace('DIR', folder.path))
    const said = stderr.replaceAll(folder.path, 'DIR')
    expect({ given: given[0], code, stdout, said }).toEqual({ given: given[0], code: 2, stdout: '', said: `Error: ${message}\n` }) // prettier-ignore
  }
  expect(existsSync(output)).toBe(false)
})

test('unpack says that it needs a folder it may make', async () => {
  await using folder = await temporaryFolder()
  const [whole] = await twoPackages(folder.path)
  expect(await navpkg('unpack', whole, '--output', '')).toMatchObject({
    code: 2,
    stderr: 'Error: --output: no folder is named; name a new one.\n',
  })
  expect(await navpkg('unpack', whole, '--output', '/proc/out')).toMatchObject({
    code: 2,
    stderr: 'Error: /proc/out cannot be written (ENOENT). Name a folder in a folder you may write to.\n',
  })
})

test.each([
  ['unpack without a folder', ['unpack', 'p.nav'], "required option '--output <DIR>' not specified"],
  ['diff of one package', ['diff', 'p.nav'], "missing required argument 'b'"],
  ['verify of nothing', ['verify'], "missing required argument 'package'"],
])('%s is bad input', async (_, given, message) => {
  const { code, stderr } = await navpkg(...given)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

test.each(['verify', 'diff', 'unpack'])('%s does not write its JSON over the package', async (command) => {
  await using folder = await temporaryFolder()
  const [whole, broken] = await twoPackages(folder.path)
  const before = await readFile(whole)
  const output = path.join(folder.path, 'out')
  const rest = { verify: ['--no-load'], diff: [broken], unpack: ['--output', output] }[command] ?? []
  const { code, stderr } = await navpkg(command, whole, ...rest, '--json', whole)
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `Error: --json: "${whole}" is the input itself; name another file.\n`,
  })
  expect(await readFile(whole)).toEqual(before)
  expect(existsSync(output)).toBe(false)
})
