import { deflateRawSync } from 'node:zlib'

import type { ErrorCode } from '../../../src/core/errors.js'
import { printStatusYaml } from '../../../src/core/nav-package/status-yaml.js'
import { goodModels } from '../../models/make-models.js'
import { makeStatus } from '../make-status.js'
import { makeZip, type RawEnd, type RawEntry } from '../make-zip.js'

/** A package that a stranger made to do harm, or that looks as if, and what must come of it. */
export interface Attack {
  readonly name: string
  readonly bytes: () => Uint8Array
  /** What opening and inspecting it must end in. */
  readonly expected: ErrorCode | 'loads'
  /** What inspecting it must end in where that is another: it does not look at the content of models and other files. */
  readonly inspected?: 'loads'
  /** What the refusal must say, its problems included. */
  readonly says?: RegExp
  /** What reading its models and samples must end in; not tried when left out. */
  readonly used?: ErrorCode | 'loads'
}

export const STATUS_TEXT = printStatusYaml(makeStatus())
export const STATUS: RawEntry = { name: 'status.yaml', content: STATUS_TEXT }
export const MODEL: RawEntry = { name: 'onnx/model.onnx', content: goodModels.mlp().bytes }

/** A small file that attacks are made around. */
export const X: RawEntry = { name: 'x', content: 'content' }

export const MEBIBYTE = 2 ** 20

/** Zeros, deflated to a thousandth. */
export const bomb = (bytes: number): Buffer => deflateRawSync(Buffer.alloc(bytes), { level: 9 })

/** A complete package with these entries besides. */
export function packageWith(entries: readonly RawEntry[], ending: RawEnd = {}): () => Uint8Array {
  return () => makeZip([STATUS, MODEL, ...entries], ending)
}

/** A package of this status.yaml and the model. */
export function packageOf(status: string | Uint8Array): () => Uint8Array {
  return () => makeZip([{ name: 'status.yaml', content: status, method: 8 }, MODEL])
}
