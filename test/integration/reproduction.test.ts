import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openNavPackage, saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import { type RunRecord, runRecordSchema } from '../../src/core/report/run-record.js'
import { reproductionEntries, type RunPart } from '../../src/core/reproduction.js'
import { REPRODUCTION_SCRIPT } from '../../src/core/reproduction-script.js'
import { writeNpz } from '../../src/core/tensors/npz.js'
import { encodeModel } from '../../src/core/onnx/model-file.js'
import { goodModels } from '../models/make-models.js'
import { ElementType, model as onnxModel, node, value } from '../models/onnx-builder.js'
import { writeModel } from '../models/write-model.js'
import buildFromSource from '../support/build-from-source.js'
import { type Exit, navpkg, run } from '../support/navpkg.js'
import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'

/** Has onnxruntime and numpy. */
const PYTHON = path.resolve('.cache/navigator/bin/python')
const QUICK = ['--max-batch-size', '2', '--time-budget', '10s', '--exclusive', 'off']

const folder = await temporaryFolder()

beforeAll(buildFromSource)
afterAll(() => folder[Symbol.asyncDispose]())

const own = (name: keyof typeof goodModels) => () =>
  writeModel(goodModels[name](), path.join(folder.path, 'models', name))

/** Name, model, flags, and the batch sizes that the script must have run. */
const CASES: readonly [name: string, model: () => string, flags: string[], batches: string[]][] = [
  ['batched', own('mlp'), ['--settings', 'default'], ['1', '2']],
  ['without a batch axis', own('no-batch-axis'), ['--settings', 'default'], ['-']],
  ['with several inputs of several dtypes', own('mixed-dtypes'), ['--settings', 'default'], ['1', '2']],
  ['of every dtype', own('every-dtype'), ['--settings', 'default'], ['1', '2']],
  ['with a scalar input', own('scalar-input'), ['--settings', 'default'], ['1', '2']],
  ['batched on another axis', own('batch-on-axis-1'), ['--settings', 'default'], ['1', '2']],
  ['with external weights', own('external-weights'), ['--settings', 'default'], ['1', '2']],
  ['with names in quotes', own('quoted-names'), ['--settings', 'default'], ['1', '2']],
  ['with names that are not ASCII', own('non-ascii-names'), ['--settings', 'default'], ['1', '2']],
  ['with names of spaces and slashes', own('odd-names'), ['--settings', 'default'], ['1', '2']],
  ['with names of workflow commands', own('workflow-command-names'), ['--settings', 'default'], ['1', '2']],
]

describe.each(CASES)('a package of a model %s', (name, model, flags, batches) => {
  test('measures again what the record has, with the same outputs', async () => {
    const at = await optimized(`${name}-stored`, model(), flags)
    const [shell, python] = await Promise.all([script(at.unpacked), pythonAlone(at)])
    expect(shell).toMatchObject({ code: 0, stderr: '' })
    expect(shell.stdout).toContain('inputs: the stored profiling sample')
    expect(shell.stdout).toMatch(/The outputs are as stored\.\n$/)
    expect(batchesOf(shell)).toEqual(batches)
    expect(shell.stdout.match(/^ +recorded /gm)).toHaveLength(batches.length)
    expect(python).toMatchObject({ code: 0, stderr: '' })
  })

  test('is run with random inputs where no samples are kept', async () => {
    const at = await optimized(`${name}-unstored`, model(), [...flags, '--save-data', 'false'])
    const shell = await script(at.unpacked)
    expect(shell).toMatchObject({ code: 0, stderr: '' })
    expect(shell.stdout).toContain('inputs: random, in the shapes that were measured')
    expect(shell.stdout).toMatch(/No outputs are stored in this package: nothing was compared\.\n$/)
    expect(batchesOf(shell)).toEqual(batches)
  })
})

test('session settings come from the record by the id of the candidate, and arguments go before them', async () => {
  const flags = ['--settings', 'search', '--input-shape', 'x=1x3x48x192']
  const { unpacked, record } = await optimized('settings', CLASSIFIER, flags)
  const variant = record.candidates.find(({ id, status }) => id.endsWith('no-spinning') && status === 'measured')
  const exit = await script(unpacked, 'onnx', '--candidate', variant?.id ?? '', '--seconds', '1')
  expect(exit).toMatchObject({ code: 0, stderr: '' })
  const threads = variant?.settings.intraOpThreads ?? 0
  expect(exit.stdout).toContain(`threads ${threads}, graph level all, spinning False, memory arena True`)
  expect(batchesOf(exit)).toEqual(variant?.measurements.map(({ batchSize }) => String(batchSize)))
  const given = ['--threads', '1', '--graph-level', 'basic', '--memory-arena', 'false', '--batch-sizes', '3']
  const other = await script(unpacked, 'onnx', ...given)
  expect(other).toMatchObject({ code: 0, stderr: '' })
  expect(other.stdout).toContain('threads 1, graph level basic, spinning True, memory arena False')
  expect(batchesOf(other)).toEqual(['3'])
})

test('a winner that is no model as given has a script of its own', async () => {
  const flags = ['--settings', 'search', '--input-shape', 'x=1x3x48x192']
  const { unpacked, record } = await optimized('winner', CLASSIFIER, flags)
  const variant = record.candidates.find(({ id, status }) => id.endsWith('no-spinning') && status === 'measured')
  if (variant === undefined) throw new Error('it was not measured')
  // Which candidate wins is the machine's to say; here this one does.
  const common = { id: variant.id, parentId: 'onnx', key: null, modelKey: 'onnx' }
  const ways = { format: 'onnx', runner: 'OnnxCPU', recipe: { kind: 'as-given' } } as const
  const won: RunPart = {
    command: 'optimize',
    request: { inputRanges: new Map() },
    subject: { models: [], navPackage: null },
    outcomes: [{ status: 'measured', candidate: { ...common, ...ways, settings: variant.settings } }],
    selection: { best: { candidateId: variant.id } },
  }
  const spec = { name: 'x', dtype: 'float32', shape: [], batchAxis: 0 } as const
  const answer = { ...spec, name: record.model.outputs[0]?.name ?? '' }
  const profiling = new Map([['x', { dtype: 'float32', shape: [1, 3, 48, 192], data: new Float32Array() } as const]])
  for (const [name, text] of reproductionEntries(won, { inputs: [spec], outputs: [answer], profiling })) {
    await mkdir(path.dirname(path.join(unpacked, name)), { recursive: true })
    await writeFile(path.join(unpacked, name), text)
  }
  const exit = await script(unpacked, `navpkg/models/${variant.id}`)
  expect(exit).toMatchObject({ code: 0, stderr: '' })
  expect(exit.stdout).toContain("model '../../../onnx/model.onnx'")
  expect(exit.stdout).toContain('spinning False')
  expect(exit.stdout.match(/^ +recorded /gm)).toHaveLength(variant.measurements.length)
})

test('outputs that differ from those stored are exit code 1', async () => {
  const { unpacked } = await optimized('differing', own('mlp')(), ['--settings', 'default'])
  const stored = path.join(unpacked, 'model_output', 'profiling', '0.npz')
  const shape = [4]
  await writeFile(stored, await writeNpz(new Map([['y', { dtype: 'float32', shape, data: new Float32Array(4) }]])))
  const exit = await script(unpacked)
  expect(exit.code).toBe(1)
  expect(exit.stdout).toMatch(/output '.*': .* DIFFERS\n/)
})

test('what cannot be run again is exit code 2, with why', async () => {
  const { unpacked, record } = await optimized('unusable', own('mlp')(), ['--settings', 'default'])
  const unknown = await script(unpacked, 'onnx', '--candidate', 'none-such')
  const ids = record.candidates.map(({ id }) => `'${id}'`).join(', ')
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toContain(`has no candidate 'none-such'; it has ${ids}.`)
  await writeFile(path.join(unpacked, 'model_input', 'profiling', '0.npz'), 'no zip')
  const damaged = await script(unpacked)
  expect(damaged).toMatchObject({ code: 2, stdout: '' })
  expect(damaged.stderr).toMatch(/^The model could not be run again: BadZipFile: /)
})

test('a built package has a script that checks its outputs', async () => {
  const output = path.join(folder.path, 'built.nav')
  await navpkg('build', own('mlp')(), '--output', output)
  const exit = await script(await unpack(output))
  expect(exit).toMatchObject({ code: 0, stderr: '' })
  expect(exit.stdout).toMatch(/The outputs are as stored\.\n$/)
})

test('names that would be commands of a shell, flags or code are only names', async () => {
  const [a, b, y] = [
    "$(touch pwned)`touch pwned`'; touch pwned; '",
    '--model=x\n"""\nopen("pwned", "w")#\\',
    "y'=$HOME",
  ]
  const { FLOAT } = ElementType
  const bytes = encodeModel(
    onnxModel({
      input: [value(a, FLOAT, ['batch', 3]), value(b, FLOAT, ['batch', 3])],
      output: [value(y, FLOAT, ['batch', 3])],
      node: [node('Add', [a, b], [y])],
    }),
  )
  const model = writeModel({ bytes, files: new Map() }, path.join(folder.path, 'models', 'hostile'))
  for (const saveData of ['true', 'false']) {
    const { unpacked } = await optimized(`hostile-${saveData}`, model, [
      '--settings',
      'default',
      '--save-data',
      saveData,
    ])
    expect(await script(unpacked)).toMatchObject({ code: 0, stderr: '' })
    expect((await readdir(path.join(unpacked, 'onnx'))).sort()).toEqual([
      'format.log',
      'model.onnx',
      'reproduce_navpkg.py',
      'reproduce_navpkg.sh',
    ])
  }
})

test('modules that a stranger put beside the script are not imported', async () => {
  const { unpacked } = await optimized('modules', own('mlp')(), ['--settings', 'default'])
  for (const name of ['numpy', 'json', 'argparse', 'onnxruntime']) {
    await writeFile(path.join(unpacked, 'onnx', `${name}.py`), 'raise SystemExit(99)')
  }
  expect(await script(unpacked)).toMatchObject({ code: 0, stderr: '' })
  expect(await run(PYTHON, [path.join(unpacked, 'onnx', 'reproduce_navpkg.py')])).toMatchObject({ code: 0 })
})

test('a package that is optimized again keeps its own scripts, and ours are of this run', async () => {
  const first = await optimized('first', own('mlp')(), ['--settings', 'default'])
  const navPackage = await openNavPackage(first.file, path.join(folder.path, 'first-open'))
  const text = (content: string) => ({ kind: 'memory', content: Buffer.from(content) }) as const
  const entries = new Map(navPackage.entries)
    .set('onnx/reproduce_profiling-onnxcpu.py', text('theirs'))
    .set('onnx/reproduce_navpkg.py', text('raise SystemExit(99)'))
    .set('other/reproduce_navpkg.py', text('raise SystemExit(99)'))
  const changed = path.join(folder.path, 'changed.nav')
  await saveNavPackage({ ...navPackage, entries }, changed)
  const { unpacked } = await optimized('second', changed, ['--settings', 'default'])
  const read = (name: string) => readFile(path.join(unpacked, ...name.split('/')), 'utf8').catch(() => null)
  expect(await read('onnx/reproduce_profiling-onnxcpu.py')).toBe('theirs')
  expect(await read('onnx/reproduce_navpkg.py')).toBe(REPRODUCTION_SCRIPT)
  expect(await read('other/reproduce_navpkg.py')).toBeNull()
})

/** Optimizes and unpacks a package of its own name. */
async function optimized(
  name: string,
  model: string,
  flags: readonly string[],
): Promise<{ file: string; unpacked: string; record: RunRecord }> {
  const file = path.join(folder.path, `${name}.nav`)
  const { code, stderr } = await navpkg('optimize', model, '--output', file, ...QUICK, ...flags)
  if (code !== 0) throw new Error(stderr)
  const unpacked = await unpack(file)
  const json: unknown = JSON.parse(await readFile(path.join(unpacked, 'navpkg', 'run-record.json'), 'utf8'))
  return { file, unpacked, record: runRecordSchema.parse(json) }
}

async function unpack(file: string): Promise<string> {
  const unpacked = file.replace(/\.nav$/, ' unpacked')
  await mkdir(path.dirname(unpacked), { recursive: true })
  await openNavPackage(file, unpacked)
  return unpacked
}

/** Runs the `.sh` of a key from another folder, under a locale that knows ASCII alone. */
function script(unpacked: string, key = 'onnx', ...given: string[]): Promise<Exit> {
  const seconds = given.includes('--seconds') ? [] : ['--seconds', '0.2']
  const environment = ['LC_ALL=C', `PYTHON=${PYTHON}`]
  return run('env', [...environment, 'sh', path.join(unpacked, key, 'reproduce_navpkg.sh'), ...given, ...seconds])
}

/** The `.py` without what the `.sh` adds: the model beside it at its defaults. */
function pythonAlone({ unpacked }: { unpacked: string }): Promise<Exit> {
  return run(PYTHON, [path.join(unpacked, 'onnx', 'reproduce_navpkg.py'), '--seconds', '0.2'])
}

function batchesOf({ stdout }: Exit): string[] {
  return [...stdout.matchAll(/^ +(\d+|-) +here /gm)].map(([, batch = '']) => batch)
}
