import path from 'node:path'

import type { OptionContext } from './option-files.js'
import { isWhole, type Option, option, OptionReader, type OptionValues } from './option-reader.js'
import { ENGINE_OPTIONS, readRequest } from './options.js'
import { readFacts } from './formats/read-facts.js'
import { mayBe, type ModelFacts, type Recognised, recognise } from './formats/recognise.js'
import type { TensorMetadata } from './nav-package/create-status.js'
import { SERIALIZED_FORMATS, type SerializedFormat } from './nav-package/model-formats.js'
import { JIT_TYPES, type Precision, PRECISIONS } from './nav-package/serialized-model.js'
import type { BuildRequest, SerializedRequest } from './request.js'
import { DTYPES } from './tensors/tensor.js'

/** What only `build` is asked: about models that are packed without being run. */
export const MODEL_OPTIONS: readonly Option[] = [
  option('format', SERIALIZED_FORMATS.join('|'), 'What the model is. Default: what its content says.'),
  option('jit-type', JIT_TYPES.join('|'), 'How a TorchScript model was made. Default: what its content says.'),
  option('precision', PRECISIONS.join('|'), 'What a model of TensorRT, TF-TRT or Torch-TensorRT computes in.'),
  option(
    'input-metadata',
    'NAME=TYPE:SHAPE',
    'Type and shape of an input of a model that is not ONNX, in order, such as x=float32:-1x3x48x192; -1 is dynamic. Default: as the samples have it.',
    null,
    true,
  ),
  option('output-metadata', 'NAME=TYPE:SHAPE', 'The same of an output.', null, true),
  option(
    'batching',
    'true|false',
    'Whether the first axis is the batch. Default: true where it is dynamic in every input and output.',
  ),
]

/** Every option of `build`: what `optimize` is asked about measuring is read and not used. */
export const BUILD_OPTIONS: readonly Option[] = [...ENGINE_OPTIONS, ...MODEL_OPTIONS]

/** As `parseOptimizeOptions`, for `build`: what the model is, is found out here, so that all problems come at once. */
export async function parseBuildOptions(values: OptionValues, context: OptionContext): Promise<BuildRequest> {
  const reader = new OptionReader(BUILD_OPTIONS, values, context.style)
  const request = await readRequest(reader, context.cwd, context.destinations, 'file-or-folder')
  const given = readGiven(reader)
  const found = request.source.kind === 'model' ? await findFormat(reader, request.source.path) : null
  const serialized = found === null ? null : serializedOf(reader, found, given, request.samples !== null)
  if (isInside(request.output, request.source.path)) {
    reader.problem('output', 'lies in the folder of the model; name a file elsewhere')
  }
  reader.finish()
  return { ...request, serialized }
}

interface Given {
  readonly precision: Precision | null
  readonly batching: boolean | null
  readonly inputs: TensorMetadata[]
  readonly outputs: TensorMetadata[]
}

function readGiven(reader: OptionReader): Given {
  const metadata = (name: 'input-metadata' | 'output-metadata'): TensorMetadata[] => {
    const expected = `a type (${METADATA_DTYPES.join(', ')}) and a shape, such as x=float32:-1x3x48x192`
    return [...reader.assignments(name, parseMetadata, expected)].map(([tensor, facts]) => ({ name: tensor, ...facts }))
  }
  return {
    precision: reader.has('precision') ? reader.choice('precision', PRECISIONS) : null,
    batching: reader.has('batching') ? reader.choice('batching', ['true', 'false']) === 'true' : null,
    inputs: metadata('input-metadata'),
    outputs: metadata('output-metadata'),
  }
}

/** status.yaml's words: NumPy's, where texts are objects. */
const METADATA_DTYPES: readonly string[] = DTYPES.map((dtype) => (dtype === 'string' ? 'object' : dtype))

function parseMetadata(text: string): Omit<TensorMetadata, 'name'> | null {
  const [dtype = '', sizes, ...rest] = text.split(':')
  if (!METADATA_DTYPES.includes(dtype) || sizes === undefined || rest.length > 0) return null
  const shape = sizes === '' ? [] : sizes.split('x')
  return shape.every((size) => size === '-1' || isWhole(size, 1)) ? { dtype, shape: shape.map(Number) } : null
}

type Found = Extract<Recognised, { kind: 'model' }>

/** What the model is, by its content and the user's word; null when that cannot be said, which is a problem then. */
async function findFormat(reader: OptionReader, file: string): Promise<Found | null> {
  const format = reader.has('format') ? reader.choice('format', SERIALIZED_FORMATS) : null
  const facts = await readFacts(file).catch(() => null)
  // Then it is a problem already that the model cannot be read.
  if (facts === null) return null
  const found = recognise(facts)
  if (format !== null) return asSaid(reader, format, found, facts)
  if (found.kind === 'refused') {
    reader.problem('model', found.what)
    return null
  }
  return found.kind === 'model' ? found : { kind: 'model', format: 'onnx', jitType: null }
}

function asSaid(reader: OptionReader, format: SerializedFormat, found: Recognised, facts: ModelFacts): Found | null {
  if (mayBe(format, found, facts)) {
    return { kind: 'model', format, jitType: found.kind === 'model' ? found.jitType : null }
  }
  if (found.kind === 'refused') reader.problem('model', found.what)
  else if (found.kind === 'model') reader.problem('format', `is not what the model is by its content: ${found.format}`)
  else
    reader.problem(
      'format',
      `is the format of ${isOfFolder(format) ? 'a folder' : 'a zip archive'}, and the model is none`,
    )
  return null
}

function isOfFolder(format: SerializedFormat): boolean {
  return format === 'tf-savedmodel' || format === 'tf-trt'
}

function serializedOf(
  reader: OptionReader,
  { format, jitType }: Found,
  given: Given,
  hasSamples: boolean,
): SerializedRequest | null {
  refuseOthers(reader, format)
  const own = reader.has('jit-type') ? reader.choice('jit-type', JIT_TYPES) : (jitType ?? 'script')
  if (format === 'onnx') return null
  requireMetadata(reader, format, given, hasSamples)
  requireBatchAxes(reader, given)
  const { precision, batching, outputs } = given
  const described = { inputs: given.inputs.length === 0 ? null : given.inputs, outputs, batching }
  switch (format) {
    case 'torchscript':
      return { model: { format, jitType: own }, ...described }
    case 'torch-exportedprogram':
    case 'tf-savedmodel':
      return { model: { format }, ...described }
    case 'trt':
    case 'tf-trt':
    case 'torch-trt':
      if (precision === null)
        reader.problem('precision', `is missing: say what the ${format} model computes in, such as fp16`)
      return { model: { format, precision: precision ?? 'fp32' }, ...described }
  }
}

/** Options that say nothing of a model of this format are a mistake. */
function refuseOthers(reader: OptionReader, format: SerializedFormat): void {
  const isTensorRt = format === 'trt' || format === 'tf-trt' || format === 'torch-trt'
  if (format !== 'torchscript' && reader.has('jit-type'))
    reader.problem('jit-type', `goes with torchscript, not with ${format}`)
  if (!isTensorRt && reader.has('precision')) {
    reader.problem('precision', `goes with trt, tf-trt and torch-trt, not with ${format}`)
  }
  if (format !== 'onnx') return
  for (const name of ['input-metadata', 'output-metadata', 'batching']) {
    if (reader.has(name)) reader.problem(name, 'is for other formats: an ONNX model says itself')
  }
}

function requireMetadata(reader: OptionReader, format: string, { inputs, outputs }: Given, hasSamples: boolean): void {
  const why = `is missing: nothing of a ${format} model is loaded, so say what it`
  if (inputs.length === 0 && !hasSamples && !reader.has('input-metadata')) {
    reader.problem(
      'input-metadata',
      `${why} takes, once for each input, such as --input-metadata 'x=float32:-1x3x48x192', or give samples`,
    )
  }
  if (outputs.length === 0 && !reader.has('output-metadata')) {
    reader.problem(
      'output-metadata',
      `${why} answers, once for each output, such as --output-metadata 'y=float32:-1x2'`,
    )
  }
}

function requireBatchAxes(reader: OptionReader, { batching, inputs, outputs }: Given): void {
  if (batching !== true) return
  for (const [name, tensors] of [
    ['input-metadata', inputs],
    ['output-metadata', outputs],
  ] as const) {
    const fixed = tensors.filter(({ shape }) => shape[0] !== -1).map((tensor) => JSON.stringify(tensor.name))
    if (fixed.length > 0) reader.problem(name, `must begin with -1 where batching is true: ${fixed.join(', ')}`)
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative)
}
