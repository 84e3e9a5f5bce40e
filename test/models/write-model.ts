import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import type { TestModel } from './make-models.js'

/** Writes `FOLDER/NAME.onnx` and the files beside it; gives the model's path. */
export function writeModel({ bytes, files }: TestModel, folder: string, name = 'model'): string {
  for (const [location, content] of files) {
    const target = path.join(folder, location)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  mkdirSync(folder, { recursive: true })
  const modelPath = path.join(folder, `${name}.onnx`)
  writeFileSync(modelPath, bytes)
  return modelPath
}
