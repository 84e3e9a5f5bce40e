import { NavigatorError } from '../errors.js'
import { obstaclesOf } from './obstacles.js'
import { problemsOf } from './shape.js'
import { checkStatus, FORMAT_VERSION, type Status } from './status.js'
import { countOldRows, isOldShape, leftBehind, MOST_OLD_ROWS, OLD_STATUS, oldVersion } from './upgrade/old-status.js'
import { isTree, type Tree } from './upgrade/tree.js'
import { upgradeStatus } from './upgrade/upgrade.js'
import { compareVersions, versionNumbers } from './upgrade/version.js'
import { printYaml } from './yaml/printer.js'
import { readYaml } from './yaml/reader.js'
import { NO_SPELLINGS, type Spellings } from './yaml/spellings.js'

export { NO_SPELLINGS, type Spellings } from './yaml/spellings.js'

/**
 * The most of status.yaml that is read, in characters. The largest real one, of a TensorFlow package with 25 models, has
 * 100 KiB, and one of 100 models at ten batch sizes would have 2 MiB. Every text of 4 MiB that was tried took less than 300 MB and 2 seconds of one core.
 */
export const LONGEST_STATUS = 4 * 2 ** 20
/** The most models that are looked at one by one; a real package with all formats and precisions has some thirty. */
const MOST_MODELS = 1000
const SAVE_AGAIN = 'Save the package again with nav.package.save.'

/** Fields that are floats to the real Navigator, and are printed so even where the number is whole. */
const FLOAT_FIELDS: ReadonlySet<string> = new Set([
  ...['avg', 'std', 'p50', 'p90', 'p95', 'p99'].flatMap((figure) => [`${figure}_latency`, `${figure}_time`]),
  ...['throughput', 'avg_gpu_clock', 'execution_time', 'atol', 'rtol', 'min_frequency', 'max_frequency'],
  ...['stability_percentage', 'throughput_cutoff_threshold'],
])

/**
 * Reads status.yaml as PyYAML's `safe_load` does (YAML 1.1) and upgrades formats from 0.1.0 on. The tree stays what the
 * file says, in its order. All problems are reported at once, with the path of each field; what the real Navigator would
 * not load or use, but can be understood, is a warning. Throws `package-invalid` or `package-too-large`.
 */
export function parseStatusYaml(text: string): { status: Status; spellings: Spellings; warnings: string[] } {
  if (text.length > LONGEST_STATUS) {
    throw new NavigatorError('package-too-large', 'status.yaml is larger than 4 MiB. Save fewer models or figures.')
  }
  const { value, spellingsIn } = readYaml(text, isFloatField)
  if (!isTree(value)) throw new NavigatorError('package-invalid', `status.yaml is not a map of fields. ${SAVE_AGAIN}`)
  const version = versionOf(value)
  requireOldShape(value, version)
  const upgraded = broughtUp(value, version)
  const checked = checkStatus(upgraded)
  if ('problems' in checked) throw notAPackage(version, checked.problems)
  requireFewModels(checked.status)
  return {
    status: checked.status,
    // Steps keep most maps as they are, wherever they move them; of a map that is made anew the path tells.
    spellings:
      upgraded === value ? spellingsIn(value) : new Map([...spellingsIn(value), ...spellingsIn(checked.status)]),
    warnings: [...versionWarnings(value, version), ...obstaclesOf(checked.status)],
  }
}

function requireFewModels({ models_status: models }: Status): void {
  const count = Object.keys(models).length
  if (count <= MOST_MODELS) return
  throw new NavigatorError(
    'package-too-large',
    `status.yaml lists ${count} models, more than ${MOST_MODELS}. Save fewer.`,
  )
}

/** The version that the file says, or that its shape shows. Throws `package-invalid` for what is no package's status. */
function versionOf(tree: Tree): string {
  if ('module_status' in tree) {
    throw new NavigatorError(
      'package-invalid',
      'status.yaml is that of modules optimized in place (module_status), not of a package. Export a module with nav.package.save.',
    )
  }
  const { format_version: version } = tree
  if (version === undefined && isOldShape(tree)) return oldVersion(tree)
  if (typeof version === 'string' && versionNumbers(version) !== null) {
    return version === '0.1.0' && isOldShape(tree) ? oldVersion(tree) : version
  }
  const found = version === undefined ? 'is missing' : `is ${JSON.stringify(version).slice(0, 100)}`
  throw new NavigatorError(
    'package-invalid',
    `The format_version of status.yaml ${found}; expected a version as text, such as '${FORMAT_VERSION}'. ${SAVE_AGAIN}`,
  )
}

/** Formats before 0.2.0 are checked under the names that they have in the file. */
function requireOldShape(tree: Tree, version: string): void {
  if (compareVersions(version, '0.2.0') >= 0) return
  const problems = problemsOf(OLD_STATUS, tree)
  if (problems.length > 0) throw notAPackage(version, problems)
  if (countOldRows(tree) <= MOST_OLD_ROWS) return
  const most = MOST_OLD_ROWS.toLocaleString('en')
  throw new NavigatorError(
    'package-too-large',
    `status.yaml has more than ${most} rows of figures. Save fewer of them.`,
  )
}

function broughtUp(tree: Tree, version: string): Tree {
  if (compareVersions(version, FORMAT_VERSION) >= 0) return tree
  const upgraded = upgradeStatus(tree, version)
  // A file without a version gets it where the real Navigator has it, as the first field.
  return {
    ...('format_version' in upgraded ? upgraded : { format_version: '', ...upgraded }),
    format_version: FORMAT_VERSION,
  }
}

function notAPackage(version: string, problems: readonly string[]): NavigatorError {
  const advice =
    compareVersions(version, FORMAT_VERSION) > 0
      ? `It has the format ${version}, which is newer than ${FORMAT_VERSION}: update this tool, or save it with an older Model Navigator.`
      : SAVE_AGAIN
  return new NavigatorError('package-invalid', `status.yaml does not describe a Navigator Package. ${advice}`, {
    problems,
  })
}

function versionWarnings(tree: Tree, version: string): string[] {
  if (compareVersions(version, FORMAT_VERSION) > 0) {
    return [`The package has the newer format ${version}; what ${FORMAT_VERSION} does not know is kept as it is.`]
  }
  if (compareVersions(version, '0.2.0') >= 0) return []
  const left = leftBehind(tree)
  const shown = left.slice(0, 5).join(', ') + (left.length > 5 ? ` and ${String(left.length - 5)} more` : '')
  return [
    `The package has the format ${version} of 2022, which was brought to ${FORMAT_VERSION}.` +
      (compareVersions(version, '0.1.0') <= 0 ? ' It has no percentiles of latencies.' : '') +
      (left.length > 0 ? ` Only in model_status: ${shown}.` : ''),
  ]
}

/**
 * Prints a status so that PyYAML's `safe_load` gives the same values back, with the types that the source's spellings or
 * the format's own floats say.
 */
export function printStatusYaml(status: Status, spellings: Spellings = NO_SPELLINGS): string {
  return printYaml(status, spellings, isFloatField)
}

function isFloatField(field: string): boolean {
  return FLOAT_FIELDS.has(field)
}
