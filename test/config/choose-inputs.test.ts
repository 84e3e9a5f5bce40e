import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { ACTION_INPUTS, configurationSchema } from '../../src/action/inputs.js'
import { chooseInputs } from '../../src/core/config/choose-inputs.js'
import { parseConfig } from '../../src/core/config/parse-config.js'
import { NavigatorError } from '../../src/core/errors.js'

const FILE = '.navpkg.yml'

function chosen(text: string, given: Readonly<Record<string, string>> = {}) {
  const values = new Map(Object.entries(given).map(([name, value]) => [name, [value]]))
  return chooseInputs(parseConfig(text, FILE, ACTION_INPUTS), values)
}

function valuesOf(text: string, given: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries([...chosen(text, given).values].map(([name, [value = '']]) => [name, value]))
}

function refusal(text: string, given: Readonly<Record<string, string>> = {}): [string, readonly string[]] {
  try {
    chosen(text, given)
  } catch (error) {
    if (error instanceof NavigatorError) return [error.message, error.problems]
    throw error
  }
  throw new Error('was accepted')
}

const LAYERS = `
defaults: { seed: 1, device: cpu, time-budget: 1m, tolerance: 1%, samples: s }
targets:
  arm: { device: auto, time-budget: 2m, tolerance: 2%, samples: s }
models:
  m:
    model: m.onnx
    time-budget: 3m
    tolerance: 3%
    samples: s
    targets:
      arm: { tolerance: 4%, samples: s }
`

test('the nearest layer decides: with, the model’s target, the model, the target, the defaults', () => {
  expect(valuesOf(LAYERS, { samples: 'mine' })).toEqual({
    seed: '1',
    device: 'auto',
    'time-budget': '3m',
    tolerance: '4%',
    samples: 'mine',
    model: 'm.onnx',
    name: 'm',
    target: 'arm',
  })
})

test('what stands in the file keeps its place, what the workflow gives has none', () => {
  const { places } = chosen(LAYERS, { samples: 'mine', device: '' })
  expect(places.get('tolerance')).toBe(`${FILE}:12:14`)
  expect(places.get('device')).toBe(`${FILE}:4:10`)
  expect(places.has('samples')).toBe(false)
})

test('an input that is given as nothing hides nothing', () => {
  expect(valuesOf(LAYERS, { device: '', seed: ' ' })).toMatchObject({ device: 'auto', seed: '1' })
})

describe('the model', () => {
  const TWO = 'models:\n  det: { model: det.onnx }\n  rec: { model: rec.onnx, seed: 3 }\n'

  test('is the one that the input name asks for', () => {
    expect(valuesOf(TWO, { name: 'rec' })).toEqual({ name: 'rec', model: 'rec.onnx', seed: '3' })
  })

  test('must be asked for where there are several', () => {
    expect(refusal(TWO)).toEqual([
      `${FILE} has 2 models: say which with the input name.`,
      [`${FILE}:2:3: "det"`, `${FILE}:3:3: "rec"`],
    ])
    expect(refusal(TWO, { name: 'res' })[0]).toBe(`${FILE} has no model "res", which the input name asks for.`)
  })

  test('that the workflow gives with its file need not be in the file', () => {
    expect(valuesOf(`defaults: { seed: 9 }\n${TWO}`, { name: 'other', model: 'o.onnx' })).toEqual({
      name: 'other',
      model: 'o.onnx',
      seed: '9',
    })
  })

  test('may be replaced by a package, and batch sizes by their bound', () => {
    const text = 'models: { m: { model: m.onnx, batch-sizes: "1,2" } }'
    expect(valuesOf(text, { name: 'm', package: 'p.nav', 'max-batch-size': '8' })).toEqual({
      name: 'm',
      package: 'p.nav',
      'max-batch-size': '8',
    })
  })

  test('of a file without models is the workflow’s', () => {
    expect(valuesOf('defaults: { seed: 2 }', { model: 'm.onnx' })).toEqual({ model: 'm.onnx', seed: '2' })
  })
})

describe('the target', () => {
  const text =
    'targets:\n  arm: { seed: 1 }\n  x64: { seed: 2 }\nmodels:\n  m: { model: m.onnx, targets: [arm, x64] }\n'

  test('is the one that the input target asks for', () => {
    expect(valuesOf(text, { target: 'x64' })).toMatchObject({ target: 'x64', seed: '2' })
  })

  test('must be one of the model’s, and be asked for where it has several', () => {
    const places = [`${FILE}:5:33: "arm"`, `${FILE}:5:38: "x64"`]
    expect(refusal(text, { target: 'x86' })).toEqual([
      'The model has no target "x86", which the input target asks for.',
      places,
    ])
    expect(refusal(text)).toEqual(['The model has several targets: say which with the input target.', places])
  })

  test('must be one of the file’s where the model has none of its own', () => {
    const all = text.replace(', targets: [arm, x64]', '')
    expect(valuesOf(all)).toEqual({ name: 'm', model: 'm.onnx' })
    expect(refusal(all, { target: 'x86' })[0]).toBe(`${FILE} has no target "x86", which the input target asks for.`)
  })

  test('may be anything where the file has none', () => {
    expect(valuesOf('models: { m: { model: m.onnx } }', { target: 'any' })).toMatchObject({ target: 'any' })
  })

  test('may stand in the file itself', () => {
    expect(valuesOf(`defaults: { target: arm }\n${text}`)).toMatchObject({ target: 'arm', seed: '1' })
  })
})

test('the schema that editors complete with is published', () => {
  expect(JSON.parse(readFileSync('schemas/navpkg-config.schema.json', 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(configurationSchema())),
  )
})
