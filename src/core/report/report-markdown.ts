import { candidateTable, machineLine, tradeOffLine, winnerLine } from './candidates-markdown.js'
import { charts } from './chart.js'
import { methodDetails, triedDetails } from './details.js'
import { codeSpan, escapeMarkdown, link } from './escape.js'
import { formatBytes } from './format.js'
import { generationChart } from './generation-chart.js'
import { type Finding, findingHeadline, findingOf, headlineWith } from './headline.js'
import { disturbanceText } from './noise.js'
import { fitted, type LeftOut } from './room.js'
import type { RunRecord } from './run-record.js'
import { hasNoBaseline, isJudged, verdictIcon } from './verdict-headline.js'
import { baselineLine, decisionLines, judgementTable } from './verdict-markdown.js'

/** A job summary may have 1 MiB (https://docs.github.com/actions, workflow commands); a character takes at most three bytes. */
const SUMMARY_LIMIT = Math.floor(2 ** 20 / 3)

export interface ReportOptions {
  /** Where the package can be downloaded. */
  readonly packageUrl?: string
  /** Where the record can be downloaded. */
  readonly recordUrl?: string
  /** The workflow run that measured. */
  readonly runUrl?: string
  /** Level of the heading: 2 by default, 3 in a comment. */
  readonly heading?: 2 | 3
  /** Most characters the report may have, at least 2,000; what does not fit is left out in a fixed order. Default: what a job summary takes. */
  readonly limit?: number
  /** `fork` when a stranger's workflow measured: the report says so, and links to nothing that the record names. */
  readonly origin?: 'fork'
}

/**
 * The report of a run in GitHub's markdown, for the job summary and for a section of a pull request's comment: what came
 * out in a sentence, what changed or what won in a table, charts, and folded what was tried and how it was measured. All
 * of it is made from the record, and every name and reason in it is escaped.
 */
export function renderReport(record: RunRecord, options: ReportOptions = {}): string {
  return fitted(options.limit ?? SUMMARY_LIMIT, (left) => {
    const blocks = [
      `${'#'.repeat(options.heading ?? 2)} ${iconOf(record)} ${headlineWith(record, shortName, shortWords)}`,
      ...originLine(options),
      ...(isJudged(record) ? judgedBlocks(record, options, left) : foundBlocks(record, left)),
      ...(left.has('tried') ? [] : triedDetails(record)),
      ...(left.has('method') ? [] : methodDetails(record, left)),
      ...outputLines(record, options, left),
    ]
    return `${blocks.join('\n\n')}\n`
  })
}

/** Short enough for a headline however it must be escaped. */
const shortName = (name: string): string => codeSpan(name, 60)
const shortWords = (words: string): string => escapeMarkdown(words, 40)

const ICON: Readonly<Record<Finding, string>> = {
  faster: '✅',
  unconfirmed: '➖',
  tie: '➖',
  'as-given-best': '➖',
  'as-given-alone': '➖',
  built: '📦',
  'dry-run': '📝',
  'gate-failed': '❌',
  'bad-input': '❌',
  'no-candidate': '❌',
  'machine-failed': '⚠️',
  interrupted: '⏹️',
}

function iconOf(record: RunRecord): string {
  if (!isJudged(record)) return ICON[findingOf(record)]
  const isMissed = record.objectives.some(({ met }) => met === false)
  const failed = record.outcome === 'gate-failed' || record.gate?.failed === true
  return isMissed && !failed ? '⚠️' : verdictIcon(record.comparison?.verdict ?? 'none', failed)
}

function originLine({ origin }: ReportOptions): string[] {
  return origin === 'fork' ? ["> Measured by the fork's own workflow, which this repository does not control."] : []
}

/** What came of a run that was compared with a baseline or held to objectives. */
function judgedBlocks(record: RunRecord, { origin }: ReportOptions, left: LeftOut): string[] {
  const baseline = sentences(left, baselineLine(record, { isTrusted: origin !== 'fork' }))
  // What was found is right whatever it was compared with.
  const found = { ...record, outcome: record.outcome === 'gate-failed' ? 'done' : record.outcome } as const
  const wasCompared = record.comparison !== null && !hasNoBaseline(record)
  const finding = `**${findingHeadline(found, codeSpan)}.**`
  return [
    ...sentences(left, decisionLines(record)),
    ...(wasCompared ? [] : baseline),
    ...sentences(left, disturbanceLine(record)),
    ...judgementTable(record, left),
    ...(wasCompared ? [...baseline, ...comparisonChart(record, left)] : []),
    ...(wasCompared
      ? folded('How it is served now, and the candidates of this run', [finding, ...candidateBlocks(found, left)], left)
      : [...sentences(left, [finding]), ...candidateBlocks(found, left)]),
  ]
}

/** What came of a run that was only asked to measure. */
function foundBlocks(record: RunRecord, left: LeftOut): string[] {
  return [
    ...sentences(left, decisionLines(record)),
    ...judgementTable(record, left),
    ...candidateBlocks(record, left, disturbanceLine(record)),
  ]
}

/** The best way to serve the model, beside the others. */
function candidateBlocks(record: RunRecord, left: LeftOut, warning: readonly string[] = []): string[] {
  return [
    ...sentences(left, [...winnerLine(record), ...machineLine(record), ...tradeOffLine(record), ...warning]),
    ...(left.has('candidates') ? [] : candidateTable(record, left)),
    ...(left.has('charts') ? [] : charts(record)),
  ]
}

const sentences = (left: LeftOut, lines: readonly string[]): readonly string[] => (left.has('sentences') ? [] : lines)

function comparisonChart({ comparison }: RunRecord, left: LeftOut): string[] {
  return comparison === null || left.has('charts') ? [] : generationChart(comparison)
}

function folded(title: string, blocks: readonly string[], left: LeftOut): string[] {
  return left.has('candidates') ? [] : [`<details><summary>${title}</summary>`, ...blocks, '</details>']
}

function disturbanceLine(record: RunRecord): string[] {
  const text = disturbanceText(record)
  return text === null ? [] : [`⚠️ ${escapeMarkdown(text, 300)}`]
}

/** The package, the record and the run that made both; where to find what was left out. */
function outputLines(record: RunRecord, options: ReportOptions, left: LeftOut): string[] {
  const links = [
    { text: 'full record', url: options.recordUrl },
    { text: 'workflow run', url: options.runUrl },
  ].flatMap(({ text, url }) => (url === undefined || url === '' ? [] : [link(text, url)]))
  const parts = [...(left.has('sentences') ? [] : packageParts(record, options.packageUrl)), ...links]
  return [
    ...(left.size > 0 ? ['Shortened to fit; everything is in the record, an artifact of the run.'] : []),
    ...(parts.length > 0 ? [`📦 ${parts.join(' · ')}`] : []),
  ]
}

function packageParts({ package: file }: RunRecord, url: string | undefined): string[] {
  if (file === null) return []
  const name = file.path.split(/[/\\]/).at(-1) ?? file.path
  return [
    link(codeSpan(name), url),
    formatBytes(file.bytes),
    `sha256 \`${file.sha256.slice(0, 12)}…\``,
    codeSpan(`navpkg inspect ${name}`, 120),
  ]
}
