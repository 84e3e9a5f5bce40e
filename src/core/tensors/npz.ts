import JSZip from 'jszip'

import { NavigatorError } from '../errors.js'
import { decodeNpy, encodeNpy } from './npy.js'
import type { NamedTensors, Tensor } from './tensor.js'

const MOST_ARRAYS = 4096
const SUFFIX = '.npy'
/** The earliest time a zip can hold: the same arrays give the same bytes. */
// eslint-disable-next-line no-restricted-globals -- a constant, not the clock
const FIXED_DATE = new Date(315532800000)

/** Reads the arrays of an `.npz` file by name. Throws `npz-invalid`, or `npy-invalid` naming the array. */
export async function readNpz(bytes: Uint8Array): Promise<Map<string, Tensor>> {
  const zip = await JSZip.loadAsync(bytes, { checkCRC32: true }).catch((cause: unknown) => {
    throw new NavigatorError('npz-invalid', 'A samples file is not an .npz archive, or is damaged.', { cause })
  })
  const files = Object.values(zip.files).filter((file) => !file.dir)
  if (files.length > MOST_ARRAYS) {
    throw new NavigatorError(
      'npz-invalid',
      `A samples file holds ${files.length} arrays; at most ${MOST_ARRAYS} are read.`,
    )
  }
  const tensors = new Map<string, Tensor>()
  for (const file of files) {
    const original = 'unsafeOriginalName' in file ? file.unsafeOriginalName : file.name
    const name = original.endsWith(SUFFIX) ? original.slice(0, -SUFFIX.length) : original
    tensors.set(name, decodeNpy(await file.async('uint8array')))
  }
  return tensors
}

/** Writes arrays as NumPy's `savez` does: stored, one `.npy` each. Same arrays, same bytes. */
export async function writeNpz(tensors: NamedTensors): Promise<Uint8Array> {
  const zip = new JSZip()
  for (const [name, tensor] of tensors) {
    zip.file(`${name}${SUFFIX}`, encodeNpy(tensor), { date: FIXED_DATE, createFolders: false, binary: true })
  }
  return zip.generateAsync({ type: 'uint8array', compression: 'STORE', platform: 'UNIX' })
}
