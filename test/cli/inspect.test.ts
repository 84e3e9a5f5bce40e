import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'

import { expect, test } from 'vitest'

import { inspectText } from '../../src/cli/inspect-text.js'
import { inspectPackage } from '../../src/core/inspect.js'
import { navpkg } from '../support/navpkg.js'

const fixture = (name: string): string => path.resolve('test/fixtures/navigator', `${name}.nav`)

async function textOf(name: string, width: number, latencyBudgetMs: number | null = null): Promise<string> {
  const report = await inspectPackage(fixture(name), { latencyBudgetMs })
  return stripVTControlCharacters(inspectText(`${name}.nav`, report, width))
}

test('inspect says what is in a package, who made it, what was measured and what every strategy deploys', async () => {
  expect(await textOf('torch-dynamo', 120, 0.001)).toMatchInlineSnapshot(`
    "torch-dynamo.nav  Navigator Package 0.3.2 · torch · 12 files · 4.21 kB

      made by   Model Navigator 0.14.0
      at        2026-11-25 02:51 UTC
      on        Example CPU, 8 cores
      batches   on axis 0
      samples   profiling 1 · correctness 2 · conversion 1

    Inputs and outputs
           name       dtype    shape
      in   input__0   float32  [?, 4]
      out  output__0  float32  [?, 3]

    Models
      model                       size  runner                   correct  measured      p50  throughput  batch
      onnx                       816 B  OnnxCPU                  OK       OK        12.2 µs  290,277 /s      4
      onnx-dynamo                824 B  OnnxCPU                  OK       OK        12.8 µs  279,628 /s      4
      torch-exportedprogram  not saved  TorchExportedProgramCPU  OK       FAIL            –           –      –
      torch                     source  TorchCPU                 OK       FAIL            –           –      –
      p50 is the least of all batch sizes, throughput the most
      onnx-dynamo: the Navigator reads it as onnx, from onnx/model.onnx

    Best runtime
      strategy                        model  runner       p50  throughput  batch
      max-throughput                  onnx   OnnxCPU  12.2 µs  290,277 /s      4
      min-latency                     onnx   OnnxCPU  12.2 µs  290,277 /s      4
      both of these                   onnx   OnnxCPU  12.2 µs  290,277 /s      4
      max-throughput within 0.001 ms  none
    "
  `)
})

test('a narrow terminal gets runners below their models, and no line wider than it', async () => {
  const lines = (await textOf('torch-dynamo', 80)).split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  expect(lines.slice(lines.indexOf('Models') + 2, lines.indexOf('Models') + 4)).toMatchInlineSnapshot(`
    [
      "  onnx",
      "    OnnxCPU                  OK       OK        12.2 µs  290,277 /s      4",
    ]
  `)
})

test('where only the source may serve, both blocks of strategies say so', async () => {
  const text = await textOf('python-function', Infinity)
  expect(text).toContain('Empty: nothing that was saved is known to be correct.')
  expect(text).toContain('Best runtime\n  no runtime of a serialized model is both correct and measured\n')
  expect(text).toMatch(/where the source model may serve too\n.*\n {2}max-throughput +python +PythonRunner/)
})

test('inspect --json prints the report, for a latency budget too', async () => {
  const { code, stdout } = await navpkg('inspect', fixture('torch-export'), '--json', '-', '--latency-budget-ms', '0.5')
  const report = await inspectPackage(fixture('torch-export'), { latencyBudgetMs: 0.5 })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(report)))
  expect(report.best.map(({ strategy }) => strategy)).toContain('max-throughput-with-latency-budget')
})

test.each(['0', '-1', 'fast', ''])('a latency budget of "%s" is bad input', async (budget) => {
  const { code, stderr } = await navpkg('inspect', fixture('torch-export'), `--latency-budget-ms=${budget}`)
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `Error: --latency-budget-ms: "${budget}" is not a number above 0, such as 2.5.\n`,
  })
})
