import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'

import { decodeNpy, encodeNpy } from '../../src/core/tensors/npy.js'
import { readNpz, writeNpz } from '../../src/core/tensors/npz.js'
import type { NamedTensors, Tensor } from '../../src/core/tensors/tensor.js'
import { temporaryFolder } from '../support/run-engine.js'
import { tensors } from '../tensors/arbitrary-tensor.js'

const run = promisify(execFile)
const PYTHON = path.resolve('.cache/navigator/bin/python')
const SCRIPT = path.resolve('test/integration/numpy_arrays.py')

const arraySchema = z.union([
  z.strictObject({ dtype: z.string(), shape: z.array(z.number()), hex: z.string() }),
  z.strictObject({ dtype: z.string(), shape: z.array(z.number()), texts: z.array(z.string()) }),
  z.strictObject({ refused: z.string() }),
])
/** Pairs, since an array may be called `__proto__`. */
const filesSchema = z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), arraySchema]))]))
type ArrayText = z.infer<typeof arraySchema>

test('arrays of every type, layout, version and rank that NumPy writes are read to its values', async () => {
  await using folder = await temporaryFolder()
  const files = await askNumPy(['write', folder.path])
  expect(files.length).toBeGreaterThan(500)
  for (const [name, arrays] of files) {
    const bytes = await readFile(path.join(folder.path, name))
    const read = name.endsWith('.npz') ? await readNpz(bytes) : new Map([['', readOne(bytes)]])
    expect(described(read), name).toEqual(new Map(arrays.map(([key, text]) => [key, comparable(text)])))
  }
})

test('arrays of ours are read by NumPy to the same values of the same type', async () => {
  await using folder = await temporaryFolder()
  const samples = fc.sample(tensors, 200)
  const named = new Map(samples.map((tensor, index) => [`../a b/${index}:ü`, tensor]))
  const files = samples.map((tensor, index) => [path.join(folder.path, `${index}.npy`), encodeNpy(tensor)] as const)
  const all = [...files, [path.join(folder.path, 'all.npz'), await writeNpz(named)] as const]
  for (const [file, bytes] of all) await writeFile(file, bytes)
  const said = await askNumPy(['read', ...all.map(([file]) => file)])
  const alone = samples.map((tensor, index) => [`${index}.npy`, [['', describe(tensor)]]])
  expect(said).toEqual([...alone, ['all.npz', [...described(named)]]])
})

function readOne(bytes: Uint8Array): Tensor | Error {
  try {
    return decodeNpy(bytes)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

const described = (tensors: NamedTensors | ReadonlyMap<string, Tensor | Error>): Map<string, unknown> =>
  new Map([...tensors].map(([name, tensor]) => [name, tensor instanceof Error ? tensor.message : describe(tensor)]))

function describe({ dtype, shape, data }: Tensor): ArrayText {
  if (!('buffer' in data)) return { dtype, shape: [...shape], texts: [...data] }
  return { dtype, shape: [...shape], hex: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex') }
}

const comparable = (text: ArrayText): unknown => ('refused' in text ? expect.stringContaining(text.refused) : text)

async function askNumPy(words: readonly string[]): Promise<z.infer<typeof filesSchema>> {
  const { stdout } = await run(PYTHON, [SCRIPT, ...words], { maxBuffer: 2 ** 28 })
  return filesSchema.parse(JSON.parse(stdout))
}
