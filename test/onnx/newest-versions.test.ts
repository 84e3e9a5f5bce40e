import { InferenceSession } from 'onnxruntime-node'
import { expect, test } from 'vitest'

import { NEWEST_IR_VERSION, NEWEST_OPSET } from '../../src/core/onnx/describe.js'
import { decodeModel, encodeModel } from '../../src/core/onnx/model-file.js'
import { goodModels } from '../models/make-models.js'

test('the newest opset and IR version are those that ONNX Runtime loads', async () => {
  expect(await loads(NEWEST_OPSET, NEWEST_IR_VERSION)).toBe('loads')
  expect(await loads(NEWEST_OPSET + 1, NEWEST_IR_VERSION)).toContain('opset')
  expect(await loads(NEWEST_OPSET, NEWEST_IR_VERSION + 1)).toContain('IR version')
})

async function loads(opset: number, irVersion: number): Promise<string> {
  const model = decodeModel(goodModels.mlp().bytes)
  for (const one of model.opsetImport) one.version = BigInt(opset)
  model.irVersion = BigInt(irVersion)
  return InferenceSession.create(encodeModel(model), { logSeverityLevel: 4 }).then(
    () => 'loads',
    (error: unknown) => String(error),
  )
}
