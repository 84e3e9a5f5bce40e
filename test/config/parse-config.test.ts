import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'

import { ACTION_INPUTS } from '../../src/action/inputs.js'
import type { Config } from '../../src/core/config/config.js'
import { configSchema } from '../../src/core/config/config-schema.js'
import { LONGEST_CONFIG, parseConfig } from '../../src/core/config/parse-config.js'
import { NavigatorError } from '../../src/core/errors.js'

const FILE = '.navpkg.yml'
const parse = (text: string): Config => parseConfig(text, FILE, ACTION_INPUTS)

function problems(text: string): readonly string[] {
  try {
    parse(text)
  } catch (error) {
    if (!(error instanceof NavigatorError)) throw error
    expect(error).toMatchObject({ code: 'invalid-options', message: `${FILE} cannot be used.` })
    return error.problems
  }
  throw new Error('was accepted')
}

const valuesOf = (config: Config): unknown =>
  Object.fromEntries([...config.defaults].map(([name, { values }]) => [name, values]))

test('reads defaults, targets and models, with the place of each input', () => {
  const config = parse(`# yaml-language-server: $schema=x
defaults:
  tolerance: 3%
  batch-sizes: [1, 4]
targets:
  small: { device: cpu }
  large:
models:
  detector:
    model: det.onnx
    input-shape:
      - x=1x3x320x320
      - y=1
    targets: [small]
  "a: strange # name":
    package: p.nav
    targets:
      large: { max-size-mb: 4.5 }
`)
  expect(config.defaults).toEqual(
    new Map([
      ['tolerance', { values: ['3%'], place: `${FILE}:3:3` }],
      ['batch-sizes', { values: ['1,4'], place: `${FILE}:4:3` }],
    ]),
  )
  expect([...config.targets.keys()]).toEqual(['small', 'large'])
  const [detector, strange] = [...config.models.values()]
  expect([...config.models.keys()]).toEqual(['detector', 'a: strange # name'])
  expect(detector?.inputs.get('input-shape')).toEqual({ values: ['x=1x3x320x320\ny=1'], place: `${FILE}:11:5` })
  expect(detector?.targets).toEqual(new Map([['small', { inputs: new Map(), place: `${FILE}:14:15` }]]))
  expect(strange?.targets?.get('large')?.inputs.get('max-size-mb')?.values).toEqual(['4.5'])
})

test('takes every scalar as it is written', () => {
  const text = 'defaults:\n  seed: 010\n  save-data: yes\n  tolerance: "5%"\n  max-size-mb: 1e3\n  name-less:\n'
  expect(problems(text)).toHaveLength(1)
  expect(valuesOf(parse(text.replace('  name-less:\n', '')))).toEqual({
    seed: ['010'],
    'save-data': ['yes'],
    tolerance: ['5%'],
    'max-size-mb': ['1e3'],
  })
  expect(valuesOf(parse('defaults: { seed: ~, samples: null, workspace: "" }'))).toEqual({
    seed: [],
    samples: [],
    workspace: [''],
  })
})

test.each(['', '# nothing\n', '{}', 'defaults:\nmodels:\ntargets:\n'])('%j is a file that says nothing', (text) => {
  expect(parse(text)).toEqual({ file: FILE, defaults: new Map(), targets: new Map(), models: new Map() })
})

test('an alias stands for what it names, and a merge key is no input', () => {
  const text = 'defaults: &d { seed: 7 }\ntargets: { a: *d }\n'
  expect(parse(text).targets.get('a')?.inputs.get('seed')?.values).toEqual(['7'])
  expect(problems(`${text}models: { m: { <<: *d } }\n`)).toEqual([
    expect.stringMatching(/^\.navpkg\.yml:3:16: "<<" is no input; did you mean /),
  ])
})

describe('every problem is told at once, with its line and column', () => {
  test('whatever part of the file it is in', () => {
    expect(
      problems(`default:
  seed: 1
targets: [a]
defaults:
  tolerence: 3%
  seed: [1, 2]
  device: { a: b }
  github-token: secret
models:
  m:
    name: n
    batch-sizes: [[1], 2]
    targets: { b: { target: c } }
`),
    ).toEqual([
      '.navpkg.yml:1:1: "default" is no part of the file; did you mean defaults? There are defaults, targets, models.',
      '.navpkg.yml:3:10: targets is not a map of names, such as `name: value`',
      '.navpkg.yml:5:3: "tolerence" is no input; did you mean tolerance?',
      '.navpkg.yml:6:9: seed takes one value, not a list (N)',
      '.navpkg.yml:7:11: device is a text, a number, true, false or a list, not a map (auto|cpu|cuda|webgpu)',
      '.navpkg.yml:8:3: github-token cannot stand here: a token never stands in a file; the workflow gives it (with)',
      '.navpkg.yml:11:5: name cannot stand here: the key of the model is its name',
      '.navpkg.yml:12:19: is no value for the list of batch-sizes (N,N,…)',
      expect.stringMatching(/^\.navpkg\.yml:13:21: "target" is no input; did you mean /),
    ])
  })

  test.each([
    ['a key twice', 'defaults:\n  seed: 1\n  seed: 2\n', '3:3: cannot be read: Map keys must be unique'],
    ['a tag', 'defaults:\n  seed: !!int 1\n', '2:15: has a tag; tags are not used here'],
    ['a tag of someone’s own', 'defaults: !run\n  seed: 1\n', '2:3: has a tag; tags are not used here'],
    ['an alias of nothing', 'defaults: *d\n', '1:11: is an alias of nothing that was named before'],
    ['a key that is a list', 'defaults:\n  ? [seed]\n  : 1\n', '2:5: is no name of anything'],
    ['a second document', 'defaults:\n---\ndefaults:\n', '2:1: cannot be read: Source contains multiple documents'],
    ['a tab', 'defaults:\n\tseed: 1\n', '2:1: cannot be read: Tabs are not allowed as indentation'],
    ['a list', '- seed: 1\n', '1:1: the file is not a map of names, such as `name: value`'],
    [
      'a target that is not there',
      'models: { m: { targets: [a] } }',
      '1:26: "a" is no target; there is none in this file',
    ],
    [
      'a misspelt target',
      'targets: { arm64: }\nmodels: { m: { targets: { arm46: } } }',
      '2:27: "arm46" is no target; did you mean arm64?',
    ],
  ])('%s', (_, text, problem) => {
    expect(problems(text)).toEqual([expect.stringContaining(`${FILE}:${problem}`)])
  })
})

describe('a file made to do harm', () => {
  test.each([
    ['too long', `# ${'x'.repeat(LONGEST_CONFIG)}`, 'is longer than 64 KiB'],
    [
      'of a million aliases',
      `defaults: &a { seed: 1 }\ntargets: { ${'k: *a, '.repeat(1)}${Array.from({ length: 5000 }, (_, index) => `k${index}: *a`).join(', ')} }`,
      'is one alias more than the 200 that are read',
    ],
    ['of one alias in itself', 'models: &m\n  a:\n    targets: *m\n', 'is no input'],
    ['nested without end, with an alias', `a: &x 1\nb: ${'- '.repeat(20_000)}*x\n`, ''],
    [
      'nested without end before an alias',
      `deep:\n ${'- '.repeat(20_000)}1\nd: &d { seed: 1 }\ndefaults: *d\n`,
      'is nested too deeply',
    ],
    ['nested in flows', `defaults: ${'['.repeat(30_000)}`, ''],
    ['nested in keys', '? '.repeat(30_000), ''],
  ])('%s is refused', (_, text, why) => {
    expect(problems(text).join('\n')).toContain(why)
  })

  test('has no say over what names are', () => {
    const text =
      'models:\n  __proto__: { model: a.onnx }\n  constructor: { model: b.onnx }\ntargets:\n  toString: { seed: 1 }\n'
    const { models, targets } = parse(text)
    expect([...models.keys(), ...targets.keys()]).toEqual(['__proto__', 'constructor', 'toString'])
    expect(problems('defaults: { __proto__: 1, hasOwnProperty: 2 }')).toHaveLength(2)
  })

  test('whose names are long has them cut', () => {
    for (const problem of problems(`defaults: { ${'n'.repeat(50_000)}: 1 }`)) expect(problem.length).toBeLessThan(200)
  })
})

const word = fc.constantFrom(
  'defaults',
  'targets',
  'models',
  'a',
  '__proto__',
  'device',
  'batch-sizes',
  'input-shape',
  '1',
  '',
)
const value = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
  ),
})).tree
const lines = fc.array(
  fc.tuple(
    fc.constantFrom('', '  ', '    ', '- ', '? ', ': '),
    word,
    fc.constantFrom(': ', ':', ' &a ', ' *a', ': [', ' }', ': !!x ', ''),
  ),
)

test('whatever a file holds, it is a configuration or a list of problems with lines and columns', () => {
  const texts = fc.oneof(
    fc.string(),
    value.map((tree) => stringify(tree)),
    lines.map((parts) => parts.map((part) => part.join('')).join('\n')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parse(text)
      } catch (error) {
        if (!(error instanceof NavigatorError)) throw error
        expect(error.problems.length).toBeGreaterThan(0)
        for (const problem of error.problems) expect(problem).toMatch(/^\.navpkg\.yml:[1-9]\d*:[1-9]\d*: \S/)
      }
    }),
    { numRuns: 2000 },
  )
})

test('what the schema for editors takes has no problem, and what it refuses by structure has one', () => {
  const schema = configSchema(ACTION_INPUTS)
  const input = fc.constantFrom('device', 'seed', 'batch-sizes', 'input-shape', 'samples', 'name', 'target', 'nonsense')
  const inputs = fc.dictionary(input, fc.oneof(fc.constantFrom('cpu', 'auto'), fc.array(fc.constantFrom('1', '2'))), {
    maxKeys: 3,
  })
  const named = fc.constantFrom('a', 'b')
  const config = fc.record(
    {
      defaults: fc.option(inputs),
      targets: fc.option(fc.dictionary(named, fc.option(inputs))),
      models: fc.option(fc.dictionary(named, fc.option(inputs))),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(config, (tree) => {
      const isGood = schema.safeParse(tree).success
      const hasProblem = (): boolean => {
        try {
          parse(stringify(tree))
          return false
        } catch {
          return true
        }
      }
      // A value that is no choice is found later, when the inputs are read.
      if (isGood) expect(hasProblem()).toBe(false)
      else if (!hasProblem()) expect(JSON.stringify(tree)).toMatch(/"device":/)
    }),
    { numRuns: 300 },
  )
})
