import { ON_INCONCLUSIVE, readTolerances, RECORDED, TOLERANCE } from './comparison-options.js'
import { checkFiles, type OptionContext } from './option-files.js'
import { type Option, option, OptionReader, type OptionValues } from './option-reader.js'
import { optionsNamed, readPackageOption, readRunOptions, readSampleOptions } from './options.js'
import type { CompareRequest } from './request.js'

/** What `optimize` is asked in the same words. */
const SHARED = [
  'samples',
  'samples-axis',
  'input-shape',
  'input-range',
  'memory-limit',
  'request-timeout',
  'load-timeout',
  'workspace',
  'exclusive',
  'wait-for-quiet',
  'seed',
]

const MISSING = 'is missing: give two packages, the base and the head'
/** Every option of `compare`, in the order help shows them. */
export const COMPARE_OPTIONS: readonly Option[] = [
  option('base', 'FILE', 'Package to compare with: what it was.'),
  option('head', 'FILE', 'Package to judge: what it is to be.'),
  TOLERANCE,
  option('time-budget', '2m', 'How long measuring may take; it ends as soon as the verdict is sure.', '2m'),
  RECORDED,
  ON_INCONCLUSIVE,
  ...optionsNamed(SHARED, []),
]

/**
 * Turns flags into a request. Everything is checked in one pass, files included; throws `invalid-options` with one line
 * per problem: the option, its value, and what is allowed.
 */
export async function parseCompareOptions(values: OptionValues, context: OptionContext): Promise<CompareRequest> {
  const { cwd } = context
  const reader = new OptionReader(COMPARE_OPTIONS, values, context.style)
  const request: CompareRequest = {
    base: await readPackageOption(reader, 'base', cwd, MISSING),
    head: await readPackageOption(reader, 'head', cwd, MISSING),
    tolerances: readTolerances(reader),
    ...(await readSampleOptions(reader, cwd)),
    ...readRunOptions(reader, cwd),
    recorded: reader.choice('recorded', ['true', 'false']) === 'true',
    onInconclusive: reader.choice('on-inconclusive', ['warn', 'fail']),
  }
  const inputs = [request.base, request.head].map((file) => ({ file, what: 'one of the packages' }))
  const { samples, workspace } = request
  await checkFiles(reader, { inputs, output: null, samples, workspace }, context.destinations)
  reader.finish()
  return request
}
