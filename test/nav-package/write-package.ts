import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'

import { saveNavPackage } from '../../src/core/nav-package/archive-file.js'
import type { PackageEntry } from '../../src/core/nav-package/nav-package.js'
import { NO_SPELLINGS } from '../../src/core/nav-package/status-yaml.js'
import type { TestModel } from '../models/make-models.js'
import { writeModel } from '../models/write-model.js'
import { makeStatus } from './make-status.js'

/** Writes `FOLDER/NAME.nav` with an ONNX model per key, in that order; gives its path. */
export async function writePackage(
  models: Readonly<Record<string, TestModel>>,
  folder: string,
  name: string,
): Promise<string> {
  const status = makeStatus()
  const [row] = Object.values(status.models_status)
  if (row === undefined) throw new Error('the status has no model')
  const entries = new Map<string, PackageEntry>()
  const rows: [string, typeof row][] = []
  for (const [key, model] of Object.entries(models)) {
    const entry = `${key}/model.onnx`
    const file = writeModel(model, path.join(folder, 'models'), `${name}-${key}`)
    const content = readFileSync(file)
    const sha256 = createHash('sha256').update(content).digest('hex')
    entries.set(entry, { kind: 'disk', file: { path: file, bytes: content.length, sha256 } })
    const config = { ...row.model_config, key, path: entry, quantized: key.endsWith('-quantized') }
    rows.push([key, { ...row, model_config: config }])
  }
  const { path: saved } = await saveNavPackage(
    { status: { ...status, models_status: Object.fromEntries(rows) }, spellings: NO_SPELLINGS, entries, warnings: [] },
    path.join(folder, `${name}.nav`),
  )
  return saved
}
