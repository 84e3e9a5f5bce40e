import { encodeNpy } from '../../src/core/tensors/npy.js'
import { makeZip, type RawEntry } from '../nav-package/make-zip.js'
import { Dice } from './dice.js'
import { mutateBytes, mutateText, mutateZip } from './mutate.js'
import { CONTENTS, DIALECTS, MODEL, STATUS_TEXT, TENSORS } from './originals.js'

export const LANES = ['packages', 'arrays', 'models'] as const
export type Lane = (typeof LANES)[number]

/** One mutated file. */
export interface Case {
  readonly kind: 'package' | 'npy' | 'npz' | 'status' | 'model'
  readonly bytes: Buffer
}

/** The case of a lane that the two numbers stand for, always the same. */
export function caseOf(lane: Lane, seed: number, index: number): Case {
  const dice = new Dice((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ LANES.indexOf(lane)) >>> 0)
  switch (lane) {
    case 'packages':
      return { kind: 'package', bytes: dice.chance(0.55) ? mutateZip(packageOf(CONTENTS, dice), dice) : rebuilt(dice) }
    case 'models':
      return { kind: 'model', bytes: mutateBytes(Buffer.from(MODEL), dice) }
    case 'arrays':
      return [npyCase, npzCase, statusCase][index % 3]!(dice)
  }
}

function packageOf(entries: readonly RawEntry[], dice: Dice): Buffer {
  return makeZip(...dice.pick(DIALECTS)(entries))
}

/** An honest archive, checksums and all, of contents and names that were changed before. */
function rebuilt(dice: Dice): Buffer {
  const entries = [...CONTENTS]
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = dice.chance(0.5) ? 0 : dice.below(entries.length)
    const entry = entries[at]
    if (entry !== undefined) entries.splice(at, 1, ...dice.pick(REBUILDS)(entry, dice))
  }
  return packageOf(entries, dice)
}

type Rebuild = (entry: RawEntry, dice: Dice) => readonly RawEntry[]

const otherContent: Rebuild = (entry, dice) => {
  const { content = '' } = entry
  const changed = typeof content === 'string' ? mutateText(content, dice) : mutateBytes(Buffer.from(content), dice)
  return [{ ...entry, content: changed }]
}

const NAME_PARTS = [
  '..',
  '.',
  '/',
  '//',
  '\\',
  ':',
  '\0',
  '\n',
  ' ',
  'ü',
  'u\u0308',
  'A',
  'onnx',
  'status.yaml',
  'con',
  '__proto__',
  '\u001b[2J',
  'x'.repeat(300),
  '\ud800',
]

const otherName: Rebuild = (entry, dice) => {
  const name = String(entry.name)
  const at = dice.below(name.length + 1)
  const changed = name.slice(0, at) + dice.pick(NAME_PARTS) + name.slice(at + dice.below(3))
  return [dice.chance(0.5) ? { ...entry, name: changed } : entry, { ...entry, name: changed }]
}

const otherMode: Rebuild = (entry, dice) => [
  { ...entry, mode: dice.pick([0, 0o100755, 0o120777, 0o040755, dice.below(2 ** 16)]) },
]

const REBUILDS: readonly Rebuild[] = [otherContent, otherContent, otherContent, otherName, otherMode, () => []]

function npyCase(dice: Dice): Case {
  return { kind: 'npy', bytes: mutatedNpy(dice) }
}

function mutatedNpy(dice: Dice): Buffer {
  const bytes = Buffer.from(encodeNpy(dice.pick(TENSORS)))
  if (dice.chance(0.4)) return mutateBytes(bytes, dice)
  // The header by its words, with the right length.
  const start = 10 + bytes.readUInt16LE(8)
  const header = Buffer.from(
    mutateText(bytes.toString('latin1', 10, start), dice),
    dice.chance(0.9) ? 'latin1' : 'utf8',
  )
  const head = Buffer.from(bytes.subarray(0, 10))
  head.writeUInt16LE(header.length & 0xffff, 8)
  return Buffer.concat([head, header, bytes.subarray(start)])
}

function npzCase(dice: Dice): Case {
  const arrays = TENSORS.slice(0, 1 + dice.below(TENSORS.length)).map((tensor, index) => ({
    name: `${dice.pick(['x', 'a/b', '__proto__', '../x', 'ü'])}${index || ''}.npy`,
    content: encodeNpy(tensor),
  }))
  if (dice.chance(0.5)) return { kind: 'npz', bytes: mutateZip(packageOf(arrays, dice), dice) }
  const changed = arrays.map((array) => (dice.chance(0.4) ? { ...array, content: mutatedNpy(dice) } : array))
  return { kind: 'npz', bytes: packageOf(changed, dice) }
}

function statusCase(dice: Dice): Case {
  const text = Buffer.from(mutateText(STATUS_TEXT, dice))
  return { kind: 'status', bytes: dice.chance(0.2) ? mutateBytes(text, dice) : text }
}
