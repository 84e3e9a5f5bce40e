import { readFacts } from './formats/read-facts.js'
import { recognise } from './formats/recognise.js'
import type { SerializedFormat } from './nav-package/model-formats.js'

/** The format of a model that is not ONNX, by its content; null for all else, also for what cannot be read. */
export async function otherFormat(file: string): Promise<Exclude<SerializedFormat, 'onnx'> | null> {
  const facts = await readFacts(file).catch(() => null)
  const found = facts === null ? null : recognise(facts)
  return found?.kind === 'model' && found.format !== 'onnx' ? found.format : null
}
