import { contradictionsOf } from './contradictions.js'
import { type RunRecord, runRecordSchema } from './run-record.js'

/** Bytes of a record as a file; the largest runs stay below a tenth of it. */
export const MAX_RECORD_BYTES = 4 * 2 ** 20
/** What is said of a longer one, a phrase. */
export const TOO_LARGE = `it has more than ${MAX_RECORD_BYTES} bytes`
/** Levels of lists and objects in each other; a record has eight. */
const MAX_DEPTH = 32
/** Values in all: checking one takes hundreds of bytes when it is wrong. */
const MAX_VALUES = 200_000
/** Problems that are told; there may be as many as there are values. */
const MAX_PROBLEMS = 3

/** What became of a text that should be a record. */
export type ReceivedRecord = { readonly record: RunRecord } | { readonly refused: string }

/**
 * Reads a record that came from elsewhere, maybe from a stranger: bounded before it is parsed, checked against the schema
 * and against itself. The texts in it stay a stranger's. `refused` says why it cannot be used, a phrase for people that
 * repeats none of its texts.
 */
export function receiveRecord(text: string): ReceivedRecord {
  if (text.length > MAX_RECORD_BYTES) return { refused: TOO_LARGE }
  const { depth, values } = extentOf(text)
  if (depth > MAX_DEPTH) return { refused: `its lists and objects lie more than ${MAX_DEPTH} deep in each other` }
  if (values > MAX_VALUES) return { refused: `it has more than ${MAX_VALUES} values` }
  const parsed = runRecordSchema.safeParse(parseJson(text))
  if (!parsed.success) return { refused: `it is not a record of this version: ${problemsOf(parsed.error.issues)}` }
  const contradictions = contradictionsOf(parsed.data)
  if (contradictions.length > 0) return { refused: `it contradicts itself: ${shortList(contradictions)}` }
  return { record: parsed.data }
}

/** undefined, which no schema takes, when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How deep JSON goes and how many values it has at most, in one pass that builds nothing. Of other text, no matter what. */
function extentOf(text: string): { readonly depth: number; readonly values: number } {
  let [open, depth, values] = [0, 0, 1]
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') isInText = !isInText
    else if (isInText) at += character === '\\' ? 1 : 0
    else if (character === '[' || character === '{') depth = Math.max(depth, ++open)
    else if (character === ']' || character === '}') open--
    if (!isInText && (character === '[' || character === '{' || character === ',')) values++
  }
  return { depth, values }
}

function problemsOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly code: string }[]): string {
  const texts = issues.map(({ path, code }) => {
    // Keys of the schema are ours; those of a stranger's own objects are not.
    const place = path.filter((key) => typeof key === 'number' || /^[A-Za-z][A-Za-z0-9]{0,40}$/.test(String(key)))
    return place.length === 0 ? 'it is no JSON object' : `${place.join('.')} (${code.replaceAll('_', ' ')})`
  })
  return shortList(texts)
}

function shortList(texts: readonly string[]): string {
  const rest = texts.length - MAX_PROBLEMS
  return [...texts.slice(0, MAX_PROBLEMS), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
