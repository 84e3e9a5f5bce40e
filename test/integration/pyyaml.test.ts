import { execFileSync } from 'node:child_process'
import path from 'node:path'

import { expect, test } from 'vitest'
import { z } from 'zod'

import { printYaml } from '../../src/core/nav-package/yaml/printer.js'
import { readYaml } from '../../src/core/nav-package/yaml/reader.js'

const PYTHON = path.resolve('.cache/navigator/bin/python')
const SCRIPT = path.resolve('test/integration/pyyaml.py')

/** Texts as a person or another program may write them; PyYAML reads all of them. */
const ODD = [
  'a: !!float 5\nb: !!int "7"\nc: !!int "123456789012345678901"\nd: !!null x\ne: !!bool "no"\nf: ! 1\ng: ! "1"',
  'dynamic_axes: {x: {0: batch, 2: width}}\ndetailed: {10: [], 9: [], 0x8: []}',
  'a: {b: c, "d":1, e: , f}\ng: [h: i, ? j : k, "l":m,\n  n]',
  'a:\n- 1\n- - 2\n  - {b: 3}\n-\n- c: d\n  e: f\ng: h',
  '? a\n: b\n? c\n? 1.0\n: - x\n',
  '- &a b: c\n- *a\n- &d [e]\n- *d',
  'base: &b {x: 1.0, y: 2}\nd: {<<: *b, y: 3}\ne: {<<: [*b, {z: 1, x: 9}]}\nf:\n  <<: *b\n  <<: {w: 1}',
  'a: |+\n  x\n\n  y\n\nb: >-\n  x\n  y\n\n   z\n  w\nc: >2\n    x\n   y\nd: |\n  \n\n   e\n',
  'a: b\n  c\n\n  d # e\nf: "g\n  h\\\n   i\n\n  j"\nk: \'l\n  m\'',
  'a: -1:30\nb: 1_0.5_0\nc: 1_000\nd: 017\ne: 0x_F\nf: 190:20:30.15\ng: +.inf\nh: -0\ni: 1:60\nj: 0.\nk: +12e03',
  'null: 1\ntrue: 2\n1.5: 3\n2024-01-01: 4\n',
  'a: 2024-5-6 7:08:09\nb: 2024-05-06t07:08:09.1 +02:00\nc: "2024-05-06"\nd: 2024-05-06',
  'a: 0.1000000000000000055511151231257827\nb: 1.0e+400\nc: 4.9e-324\nd: 9007199254740993\ne: 9007199254740993.0',
  '%YAML 1.1\n--- # start\na: 1\n... # end\n',
  '{"format_version": "0.3.2", "a": [1, 2.0, 1e5, null, true, "x\\u00e9\\/"]}',
  'a: 1\r\nb: "c\r\n  d"\r\n',
  'a: "b\u2028c"\nd: \'e\u0085  f\'\n',
  '\ufeffa: 1',
]

test('PyYAML reads what we print of its own texts to the same values and types, in the same order', () => {
  const seed = Date.now() % 1_000_000
  const texts = z.array(z.string()).parse(JSON.parse(python(['write', String(seed), '1500'])))
  expect({ seed, different: differences(texts) }).toEqual({ seed, different: [] })
})

test('PyYAML reads what we print of odd texts to the same values and types, in the same order', () => {
  expect(differences(ODD)).toEqual([])
})

/** With the fields of floats that the printer has by itself, as `throughput` in a status. */
function differences(texts: readonly string[]): unknown[] {
  const isFloat = (field: string): boolean => field === 'throughput'
  const pairs = texts.map((text) => {
    const { value, spellingsIn } = readYaml(text, isFloat)
    return [text, printYaml(value, spellingsIn(value), isFloat)]
  })
  const found = z.array(z.tuple([z.number(), z.string(), z.string()])).parse(JSON.parse(python(['compare'], pairs)))
  return found.map(([index, theirs, ours]) => ({ text: pairs[index], theirs, ours }))
}

function python(args: readonly string[], input: unknown = null): string {
  return execFileSync(PYTHON, [SCRIPT, ...args], { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 2 ** 28 })
}
