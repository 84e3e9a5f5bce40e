import fc from 'fast-check'
import { expect, test } from 'vitest'

import { NavigatorError } from '../../../src/core/errors.js'
import { printYaml } from '../../../src/core/nav-package/yaml/printer.js'
import { readYaml } from '../../../src/core/nav-package/yaml/reader.js'

/** What PyYAML 6 makes of unquoted scalars. */
test.each([
  ...[...['~', 'null', 'Null', 'NULL', '']].map((text) => [text, null] as const),
  ...['yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((text) => [text, true] as const),
  ...['no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((text) => [text, false] as const),
  ...['y', 'N', 'yEs', 'nULL', 'tRue', 'oN', 'none', 'nan', 'inf', 'Infinity'].map((text) => [text, text] as const),
  ...([
    ['0', 0],
    ['-0', 0],
    ['+1', 1],
    ['017', 15],
    ['-017', -15],
    ['0x1F', 31],
    ['0b101', 5],
  ] as const),
  ...([
    ['1_000', 1000],
    ['1:30', 90],
    ['-1:30', -90],
    ['190:20:30', 685230],
    ['0_7', 7],
  ] as const),
  ...['08', '0o17', '0x', '1e5', '1e-7', '1e+7', '1.0e7', '1:60', '1:2:99', '--1', '1__.x'].map(
    (text) => [text, text] as const,
  ),
  ...([
    ['1.', 1],
    ['.5', 0.5],
    ['-1.5', -1.5],
    ['1.0e-7', 1e-7],
    ['1.e+5', 1e5],
    ['1_0.5_0', 10.5],
  ] as const),
  ...([
    ['190:20:30.15', 685230.15],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['.NaN', NaN],
    ['-0.0', -0],
  ] as const),
  ...['-.5', '-.nan', '+.5', '.', '..', '._1'].map((text) => [text, text] as const),
  ...['2024-05-06', '2024-05-06T07:08:09.1Z', '2024-5-6 7:08:09 +1', '0b_', '=', '2024-5-6'].map(
    (text) => [text, text] as const,
  ),
])('the unquoted %j is %j', (text, value) => {
  expect(read(`[${text}]`)).toEqual(text === '' ? [] : [value])
  expect(read(`a: ${text}`)).toEqual({ a: value })
})

test.each([
  ['a list in the column of its key', 'a:\n- 1\n- - 2\n  - 3\nb: 4', { a: [1, [2, 3]], b: 4 }],
  ['keys behind a dash', '- a: 1\n  b: {c: d, "e":f}\n-\n- ', [{ a: 1, b: { c: 'd', e: 'f' } }, null, null]],
  ['keys behind a question mark', '? a\n: b\n? c\n? f\n: - e', { a: 'b', c: null, f: ['e'] }],
  ['brackets over lines', '{a: [1,\n 2,], b: ,\n# no\n c}', { a: [1, 2], b: null, c: null }],
  ['a key in a list in brackets', '[a: 1, ? b : 2, "c":3]', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ['folded lines', 'a: b\n  c\n\n  d # e\nf: "g\n  h\\\n  i\n\n  j"', { a: 'b c\nd', f: 'g hi\nj' }],
  ['doubled quotes', "a: 'it''s'", { a: "it's" }],
  ['escapes', String.raw`a: "\x41\u00e9\U0001F600\N\_\L\P\e\/\""`, { a: 'Aé😀\u0085\u00a0\u2028\u2029\u001b/"' }],
  [
    'kept, clipped and stripped text',
    'a: |+\n  x\n\n  y\n\nb: >\n  x\n  y\n\n   z\nc: |-\n  w\n',
    { a: 'x\n\ny\n\n', b: 'x y\n\n z\n', c: 'w' },
  ],
  ['text with a given indentation', 'a: |2\n   x\n  y\n', { a: ' x\ny\n' }],
  ['anchors and aliases', 'a: &x {b: &y [1]}\nc: *x\nd: *y', { a: { b: [1] }, c: { b: [1] }, d: [1] }],
  [
    'merge keys',
    'a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc:\n  <<: [*a, {x: 9, z: 4}]',
    { a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, z: 4, y: 2 } },
  ],
  [
    'tags of plain values',
    'a: !!str 1\nb: !!int "7"\nc: !!float 5\nd: !!null x\ne: !!seq [!!bool "no"]\nf: ! "1"',
    { a: '1', b: 7, c: 5, d: null, e: [false], f: 1 },
  ],
  ['a directive and an end', '%YAML 1.1\n---\na: 1\n...\n', { a: 1 }],
  ['line ends of all systems', 'a: 1\r\nb: 2\rc: 3\u0085d: 4', { a: 1, b: 2, c: 3, d: 4 }],
  ['a colon and a hash within text', 'a: b#c\nd: e:f', { a: 'b#c', d: 'e:f' }],
  ['nothing', '# nothing\n', null],
])('%s are read as PyYAML does', (_, text, value) => {
  expect(read(text)).toEqual(value)
})

test.each([
  ['a: [1', 'or ] is expected'],
  ['a: "b', 'does not end'],
  ['a: b: c', 'may not'],
  ['a: - b', 'may not'],
  ['a: 1\n b: 2', ''],
  ['a: 1\nb', 'colon'],
  ['a\nb: 1', ''],
  ['a: 1\na: 2', 'twice'],
  ['{1: a, "1": b}', 'twice'],
  ['a: &x [*x]', 'contains itself'],
  ['a: *x', 'no anchor'],
  ['a: &x 1\nb: &x 2', 'two anchors'],
  ['a: !!python/object:os.system x', 'tag'],
  ['a: !!binary aGk=', 'tag'],
  ['a: !!set {x}', 'tag'],
  ['a: !foo x', 'tag'],
  ['a: !!int x', 'no int'],
  ['a: !!map [1]', 'tag of something else'],
  ['%TAG ! tag:x\n---\na', '%TAG'],
  ['a: 1\n---\nb: 2', 'behind the end'],
  ['[a]: b', 'a key'],
  ['a: b\n\tc: d', ''],
  ['\ta: b', 'tab'],
  ['a: \u0007', 'escape'],
  ['a: "\\q"', 'backslash'],
  ['a: "\\UFFFFFFFF"', 'number of a character'],
  ['a: @b', 'expected'],
  ['{<<: 1}', 'no map'],
  [`a: ${'9'.repeat(4301)}`, 'digits'],
  ['['.repeat(101), '100 levels'],
  [`${'- '.repeat(101)}a`, '100 levels'],
  ['a: &a [[[[[[[[[[1]]]]]]]]]]\n'.concat(...Array.from({ length: 12 }, (_, index) => level(index))), '100 levels'],
])('%j is refused', (text, part) => {
  const error = errorOf(() => readYaml(text, () => false))
  expect(error.code).toBe('package-invalid')
  expect(error.message).toMatch(/^status\.yaml cannot be read: line \d+: /)
  expect(error.message).toContain(part)
})

test.each([
  ['scalars', `[${'1,'.repeat(500_001)}]`],
  [
    'aliases',
    `a0: &a0 [1, 1]\n${Array.from({ length: 60 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`,
  ],
  [
    'merges',
    `a0: &a0 {k0: 0}\n${Array.from({ length: 2000 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: *a${i}, k${i + 1}: 0}\n`).join('')}`,
  ],
  ['long paths', `? ${'k'.repeat(1000)}\n: [${'1.0,'.repeat(100_000)}]`],
])('too many %s are refused', (_, text) => {
  expect(
    errorOf(() => {
      const { value, spellingsIn } = readYaml(text, () => false)
      spellingsIn(value)
    }).code,
  ).toBe('package-too-large')
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('the key %s is a key like any other', (name) => {
  const text = `a:\n  ${name}:\n    polluted: 1.0\n${name}: 2\n`
  expect(Object.keys(readMap(text))).toEqual(['a', name])
  expect('polluted' in {}).toBe(false)
  expect(printed(text)).toBe(text)
})

test('types and order that a JavaScript value does not hold are kept', () => {
  const text = [
    'float: 10.0',
    'negative: -0.0',
    'large: 123456789012345678901234567890',
    'date: 2024-05-06',
    "quoted: '2024-05-06'",
    'axes:',
    '  0: batch',
    '  2: width',
    'order:',
    '  b: 1',
    '  8: 2',
    '  1: 3',
    '  null: 4',
    '  true: 5',
    "  '3': 6",
    '  1.5: 7',
    '  2024-01-01: 8',
    'a/b~c:',
    '- 1.0',
    '- 1',
    '',
  ].join('\n')
  expect(printed(text)).toBe(text)
})

test('a spelling is dropped where the value changed', () => {
  const { value, spellingsIn } = readYaml('a: 10.0\nb: 7.0\nc: {1: x}\n', () => false)
  const spellings = spellingsIn(value)
  expect(printYaml({ a: 11, b: 7, c: { 1: 'y' } }, spellings, () => false)).toBe('a: 11\nb: 7.0\nc:\n  1: y\n')
})

test('a spelling that is no number, date, boolean or null is never printed', () => {
  const hostile = new Map([
    ['/a', 'x: y'],
    ['/b~k', '{b'],
  ])
  expect(printYaml({ a: 'x: y', b: '{b' }, hostile, () => false)).toBe("a: 'x: y'\nb: '{b'\n")
})

test('a whole number of a float field is printed as a float, and one that the source has without a dot is not', () => {
  const isFloat = (field: string): boolean => field === 'atol'
  expect(printYaml({ atol: 1, list: [1] }, new Map(), isFloat)).toBe('atol: 1.0\nlist:\n- 1\n')
  const { value, spellingsIn } = readYaml('atol: 1\n', isFloat)
  expect(printYaml(value, spellingsIn(value), isFloat)).toBe('atol: 1\n')
})

test('any tree survives printing and reading, with its spelling', () => {
  const key = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('__proto__', '1', 'yes', 'k'.repeat(1100), '~', '/'),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme' }),
      fc.double().map((number) => number + 0),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }).map((map) => Object.fromEntries(Object.entries(map))),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const text = printYaml(value, new Map(), () => false)
      const again = readYaml(text, () => false)
      expect(again.value).toEqual(value)
      expect(printYaml(again.value, again.spellingsIn(again.value), () => false)).toBe(text)
    }),
    { numRuns: 300 },
  )
})

test('whatever the text, reading it ends with a value or with one of our errors', () => {
  const pieces = fc.constantFrom(
    ...' \n:-?[]{},&*!|>\'"#%@`a1~.<=\t\\'.split(''),
    '\n  ',
    ': ',
    '- ',
    '<<: ',
    '&a ',
    '*a',
    '---\n',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        readYaml(parts.join(''), () => false)
      } catch (error) {
        expect(error).toBeInstanceOf(NavigatorError)
      }
    }),
    { numRuns: 2000 },
  )
})

function level(index: number): string {
  const [inner, outer] = [String.fromCharCode(97 + index), String.fromCharCode(98 + index)]
  return `${outer}: &${outer} [[[[[[[[[[*${inner}]]]]]]]]]]\n`
}

function read(text: string): unknown {
  return readYaml(text, () => false).value
}

function readMap(text: string): object {
  const value = read(text)
  if (typeof value !== 'object' || value === null) throw new Error('Expected a map')
  return value
}

function printed(text: string): string {
  const { value, spellingsIn } = readYaml(text, () => false)
  return printYaml(value, spellingsIn(value), () => false)
}

function errorOf(attempt: () => unknown): NavigatorError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof NavigatorError) return error
    throw error
  }
  throw new Error('Expected a NavigatorError')
}
