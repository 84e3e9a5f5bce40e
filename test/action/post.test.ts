import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, test } from 'vitest'

import { runRecordSchema } from '../../src/core/report/run-record.js'
import { WINNER } from '../report/records.js'
import { startArtifactService } from '../support/artifact-service.js'
import { ACTION_PATH } from '../support/built-paths.js'
import { runAction } from '../support/run-action.js'
import { temporaryFolder } from '../support/run-engine.js'

test('the record of a run that was cut short says which workflow run it is of when post uploads it', async () => {
  await using folder = await temporaryFolder()
  await using service = await startArtifactService()
  const recordPath = path.join(folder.path, 'navpkg-record-x.json')
  await writeFile(recordPath, JSON.stringify({ ...WINNER, outcome: 'interrupted' }))
  const { code } = await runAction(
    folder.path,
    {},
    {
      program: [ACTION_PATH, 'post'],
      environment: {
        ...service.environment,
        GITHUB_EVENT_NAME: 'push',
        GITHUB_SHA: 'd'.repeat(40),
        'STATE_record-path': recordPath,
        'STATE_upload-left': 'true',
      },
    },
  )
  expect(code).toBe(0)
  const uploaded = service.artifacts.get('navpkg-record-x.json')?.bytes.toString() ?? '{}'
  expect(runRecordSchema.parse(JSON.parse(uploaded))).toMatchObject({
    outcome: 'interrupted',
    workflow: { repository: 'octo/demo', runId: 7, event: 'push', headSha: 'd'.repeat(40) },
  })
})
