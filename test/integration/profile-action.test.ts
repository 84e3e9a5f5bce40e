import path from 'node:path'

import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { buildPackage } from '../../src/core/build.js'
import { profileRecordSchema } from '../../src/core/report/profile-record.js'
import { actionYml } from '../action/action-yml.js'
import { startArtifactService, type StoredArtifact } from '../support/artifact-service.js'
import { type ActJob, runAct } from '../support/run-act.js'
import { CLASSIFIER, temporaryFolder, testEnvironment, testRequest } from '../support/run-engine.js'

const RECOGNIZER = path.join(path.dirname(CLASSIFIER), 'ch_PP-OCRv4_rec_infer.onnx')

const WORKFLOW = `
on: push
jobs:
  recognizer:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - id: profile
        uses: ./profile
        with: { package: recognizer.nav, batch-sizes: '1,2', concurrency: '1,2', time-budget: 30s, exclusive: 'off' }
      - env:
          OUTPUTS: \${{ toJSON(steps.profile.outputs) }}
        run: echo "outputs=$(echo "$OUTPUTS" | tr -d '\\n')"
  wrong-inputs:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: ./profile
        with: { package: missing.nav, concurrency: many, upload: maybe }
`

let job: (name: string) => ActJob
let artifacts: ReadonlyMap<string, StoredArtifact>
beforeAll(async () => {
  await using folder = await temporaryFolder()
  await using service = await startArtifactService()
  const output = path.join(folder.path, 'recognizer.nav')
  const source = { kind: 'model', path: RECOGNIZER } as const
  const inputShapes = new Map([['x', [1, 3, 48, 64]]])
  await buildPackage(testRequest(folder.path, { source, output, inputShapes }), testEnvironment(folder.path))
  job = await runAct({
    folder: folder.path,
    workflow: WORKFLOW,
    files: new Map([['recognizer.nav', output]]),
    environment: service.environment,
    onRecord: () => undefined,
  })
  artifacts = service.artifacts
})

test('a package is profiled: outputs, summary, record and results as artifacts', () => {
  const { result, log, summaries, annotations } = job('recognizer')
  expect(annotations).toEqual([])
  expect(result).toBe('success')
  const outputs = z.record(z.string(), z.string()).parse(JSON.parse(/^outputs=(\{.*\})/m.exec(log)?.[1] ?? '{}'))
  expect(Object.keys(outputs).sort()).toEqual(Object.keys(actionYml('profile/action.yml').outputs).sort())
  expect(outputs).toMatchObject({ outcome: 'done', 'package-path': '' })
  expect(Number(outputs['throughput'])).toBeGreaterThan(0)
  expect(Number(outputs['latency-p50-ms'])).toBeGreaterThan(0)
  expect(path.basename(outputs['yaml-path'] ?? '')).toBe('navpkg-profile-recognizer.yaml')
  expect([...artifacts.keys()].sort()).toEqual(['navpkg-profile-recognizer.json', 'navpkg-profile-recognizer.yaml'])
  const record = profileRecordSchema.parse(JSON.parse(textOf('navpkg-profile-recognizer.json')))
  expect(record.models[0]?.runners[0]?.concurrency.map(({ streams }) => streams)).toContain(2)
  expect(parse(textOf('navpkg-profile-recognizer.yaml'))).toMatchObject({
    models: { onnx: { runners: { OnnxCPU: { status: 'OK' } } } },
  })
  expect(summaries).toEqual([expect.stringContaining('profiled on 1 model')])
})

test('wrong inputs are told at once, in the words of the workflow', () => {
  const { result, annotations } = job('wrong-inputs')
  expect(result).toBe('failure')
  const [error] = annotations
  for (const input of ['package', 'concurrency', 'upload']) expect(error?.arg).toContain(`${input}: `)
})

function textOf(artifact: string): string {
  return artifacts.get(artifact)?.bytes.toString() ?? ''
}
