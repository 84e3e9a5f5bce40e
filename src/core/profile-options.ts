import path from 'node:path'

import { checkFiles, type Destination, type OptionContext } from './option-files.js'
import { isWhole, type Option, option, OptionReader, type OptionValues } from './option-reader.js'
import {
  optionsNamed,
  readBatchSizes,
  readNames,
  readPackageOption,
  readRunOptions,
  readSampleOptions,
} from './options.js'
import { FORMATS, RUNNERS } from './plan/candidate.js'
import type { ProfileRequest } from './request.js'

/** More streams than these are a slip. */
const MOST_STREAMS = 256

const OWN: readonly Option[] = [
  option('package', 'FILE', 'Navigator Package (.nav) to profile.'),
  option(
    'samples',
    'PATH',
    'Folder of .npz files, one request each, or one .npz file; all of them are measured. Default: the samples of the package, else a random one.',
  ),
  option('batch-sizes', 'N,N,…', 'Exactly these batch sizes. Default: 1, 2, 4 … while throughput grows.'),
  option(
    'concurrency',
    'N,N,…|off',
    'How many requests to serve at a time, each in a session of its own. Default: 1, 2, 4 … up to the number of cores.',
  ),
  option('formats', 'NAME,…', 'Formats to profile. Default: all of the package.'),
  option('runners', 'NAME,…', 'Runners to profile. Default: all of the package.'),
  option('time-budget', '5m', 'How long measuring may take; what does not fit is left out, and named.', '5m'),
  option('yaml', 'FILE', 'Write the results as the real Navigator does (ProfilingResults).'),
  option('output', 'FILE', 'Write the package with the new figures. Default: the package is not changed.'),
]

/** In the order help shows them; what is not `profile`'s own is what `optimize` is asked in the same words. */
const NAMES = [
  ...['package', 'samples', 'samples-axis', 'input-shape', 'input-range', 'batch-sizes', 'max-batch-size'],
  ...['concurrency', 'formats', 'runners', 'time-budget', 'yaml', 'output', 'name', 'target'],
  ...['memory-limit', 'request-timeout', 'load-timeout', 'workspace', 'exclusive', 'wait-for-quiet', 'seed'],
]

/** Every option of `profile`. profile/action.yml documents the same ones; a test compares. */
export const PROFILE_OPTIONS: readonly Option[] = optionsNamed(NAMES, OWN)

/**
 * Turns flags or action inputs into a request. Everything is checked in one pass, files included; throws
 * `invalid-options` with one line per problem: the option, its value, and what is allowed.
 */
export async function parseProfileOptions(values: OptionValues, context: OptionContext): Promise<ProfileRequest> {
  const reader = new OptionReader(PROFILE_OPTIONS, values, context.style)
  const request = await readProfileRequest(reader, context.cwd, context.destinations)
  reader.finish()
  return request
}

/**
 * Reads a request from a reader that knows at least {@link PROFILE_OPTIONS}. Problems stay in the reader: the request is
 * good only when its `finish` does not throw.
 */
export async function readProfileRequest(
  reader: OptionReader,
  cwd: string,
  destinations: readonly Destination[] = [],
): Promise<ProfileRequest> {
  const file = await readPackageOption(reader, 'package', cwd, 'is missing: give a Navigator Package (.nav)')
  const fileOf = (name: 'output' | 'yaml'): string | null => {
    const given = reader.text(name)
    return given === null ? null : path.resolve(cwd, given)
  }
  const request: ProfileRequest = {
    package: file,
    name: reader.text('name') ?? (path.parse(file).name || 'package'),
    target: reader.text('target'),
    output: fileOf('output'),
    yaml: fileOf('yaml'),
    concurrency: readConcurrency(reader),
    ...(await readSampleOptions(reader, cwd)),
    ...readBatchSizes(reader),
    formats: readNames(reader, 'formats', FORMATS),
    runners: readNames(reader, 'runners', RUNNERS),
    ...readRunOptions(reader, cwd),
  }
  const { output, yaml, samples, workspace } = request
  const others = yaml === null ? [] : [{ option: 'yaml', path: yaml, what: 'YAML' }]
  const inputs = [{ file, what: 'the package itself' }]
  await checkFiles(reader, { inputs, output, others, samples, workspace }, destinations)
  return request
}

function readConcurrency(reader: OptionReader): number[] | null {
  const given = reader.list('concurrency')
  if (given === null) return null
  if (given.join() === 'off') return []
  if (given.length > 0 && given.every((one) => isWhole(one, 1, MOST_STREAMS))) {
    return [...new Set(given.map(Number))].sort((a, b) => a - b)
  }
  reader.problem('concurrency', `is neither off nor a list of whole numbers from 1 to ${MOST_STREAMS}, such as 1,2,4`)
  return []
}
