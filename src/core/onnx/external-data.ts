import { NavigatorError } from '../errors.js'
import { type ModelProto, TensorProto_DataLocation } from './generated/onnx_pb.js'
import { tensorsOf } from './graph-walk.js'

/**
 * The files beside the model that hold its weights, each once, as the model spells them; sorted. An entry is '' where
 * a tensor says that it is external and names no file. Nothing is checked: see {@link checkExternalData}.
 */
export function externalDataOf(model: ModelProto): string[] {
  const locations = new Set<string>()
  for (const tensor of tensorsOf(model)) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue
    locations.add(tensor.externalData.find((entry) => entry.key === 'location')?.value ?? '')
  }
  return [...locations].sort()
}

/**
 * How many bytes the file at each location must have at least for all the tensors in it. An offset or a length that is
 * no whole number is asked for as infinitely many: no file has them.
 */
export function externalDataNeeds(model: ModelProto): Map<string, number> {
  const needs = new Map<string, number>()
  for (const tensor of tensorsOf(model)) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue
    const fields = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
    const location = fields.get('location') ?? ''
    const end = wholeNumber(fields.get('offset')) + wholeNumber(fields.get('length'))
    needs.set(location, Math.max(needs.get(location) ?? 0, end))
  }
  return needs
}

/** 0 for a field that is left out, as both may be. */
function wholeNumber(text = '0'): number {
  return /^\d+$/.test(text) ? Number(text) : Infinity
}

/**
 * Refuses locations that do not stay in the model's own folder on every platform, whatever the folder is: absolute,
 * climbing, with a backslash, a drive letter or a NUL, and ONNX Runtime's marks for addresses in its own memory.
 * Throws `external-data` with every such location. Symbolic links are the caller's to check.
 */
export function checkExternalData(locations: readonly string[]): void {
  const problems = locations.flatMap((location) => {
    const problem = problemOf(location)
    return problem === null ? [] : [`${JSON.stringify(location)} ${problem}`]
  })
  if (problems.length === 0) return
  throw new NavigatorError(
    'external-data',
    'The model keeps weights in files that it may not name. Each location must be a relative path with forward ' +
      'slashes to a file in the folder of the model; save the model again with its weights beside it.',
    { problems },
  )
}

function problemOf(location: string): string | null {
  if (location === '') return 'is no file name'
  if (location.includes('\0')) return 'has a NUL character'
  if (location.includes('\\')) return 'has a backslash'
  if (location.startsWith('/') || /^[a-z]:/i.test(location)) return 'is an absolute path'
  // ONNX Runtime reads such a location as an address in its own process: `*/_ORT_MEM_ADDR_/*` and a native-endian
  // twin (kTensorProtoMemoryAddressTag and others, 1.30.0).
  if (location.startsWith('*/_ORT_')) return 'is an address in memory'
  if (location.split('/').includes('..')) return 'climbs out of the folder of the model'
  return null
}
