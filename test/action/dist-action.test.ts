import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

import { CLASSIFIER, temporaryFolder } from '../support/run-engine.js'

/** Runs the committed bundle as the runner does: inputs as variables, outputs and summary as files. */
async function runAction(folder: string, inputs: Record<string, string>) {
  const [outputFile, summaryFile, stateFile] = ['output', 'summary', 'state'].map((name) => path.join(folder, name))
  for (const file of [outputFile, summaryFile, stateFile]) await writeFile(file!, '')
  const child = spawn(process.execPath, ['dist/action/index.js'], {
    env: {
      PATH: process.env['PATH'],
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      GITHUB_STATE: stateFile,
      RUNNER_TEMP: path.join(folder, 'temp'),
      RUNNER_TOOL_CACHE: path.join(folder, 'tools'),
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    },
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const text = await readFile(outputFile!, 'utf8')
  const outputs = new Map([...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)].map((match) => [match[1], match[3]]))
  return { code, stdout, outputs, summary: await readFile(summaryFile!, 'utf8') }
}

describe('the bundled action', () => {
  test('measures a model and gives outputs and a summary', { timeout: 90_000 }, async () => {
    await using folder = await temporaryFolder()
    const { code, outputs, summary } = await runAction(folder.path, {
      model: CLASSIFIER,
      name: 'cls',
      'input-shape': 'x=1x3x48x192',
      settings: 'default',
      'batch-sizes': '1,2',
      'time-budget': '20s',
      exclusive: 'off',
    })
    expect(code).toBe(0)
    expect(outputs.get('outcome')).toBe('done')
    expect(outputs.get('best-key')).toBe('onnx')
    expect(outputs.get('package-path')).toBe(path.join(folder.path, 'navpkg-cls.nav'))
    expect(outputs.get('record-path')).toBe(path.join(folder.path, 'navpkg-record-cls.json'))
    expect(Number(outputs.get('throughput'))).toBeGreaterThan(0)
    expect(summary).toMatch(/^## /)
  })

  test('names every wrong input at once', async () => {
    await using folder = await temporaryFolder()
    const inputs = { model: 'missing.onnx', 'max-batch-size': 'minus', device: 'toaster' }
    const { code, stdout, outputs } = await runAction(folder.path, inputs)
    expect(code).toBe(1)
    expect(outputs.get('outcome')).toBe('bad-input')
    expect(stdout).toContain('model: "missing.onnx" does not exist')
    expect(stdout).toContain('max-batch-size: "minus" is not a whole number from 1')
    expect(stdout).toContain('device: "toaster" is not one of auto, cpu, cuda, webgpu')
  })
})
