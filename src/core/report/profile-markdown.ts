import { codeSpan, escapeMarkdown } from './escape.js'
import { formatBytes, formatDuration } from './format.js'
import { markdownTable } from './markdown-table.js'
import {
  batchTable,
  type FigureTable,
  measuredOf,
  profileHeadline,
  runnerName,
  shapeTable,
  slowestText,
  streamTable,
  troubleTexts,
  unmeasuredOf,
  whereText,
} from './profile-figures.js'
import type { ProfiledRunner, ProfileRecord } from './profile-record.js'

const ICON: Readonly<Record<ProfileRecord['outcome'], string>> = {
  done: '📊',
  'gate-failed': '❌',
  'bad-input': '❌',
  'no-candidate': '❌',
  'machine-failed': '⚠️',
  interrupted: '⏹️',
}

/** Models in sight, rows of a table and notes; the rest are counted. Keeps a summary far below GitHub's 1 MiB. */
const MOST_MODELS = 20
const MOST_SHAPES = 100
const MOST_LINES = 50

/**
 * The job summary of a profile in GitHub's markdown: every model over batch sizes, folded its figures by shape, what was
 * not measured, and how it was measured. Every name and reason is escaped.
 */
export function renderProfile(record: ProfileRecord): string {
  const measured = measuredOf(record)
  const blocks = [
    `## ${ICON[record.outcome]} ${profileHeadline(record, codeSpan)}`,
    ...(record.outcomeReason === null ? [] : [escapeMarkdown(record.outcomeReason, 600)]),
    ...(measured.length === 0 ? [] : [`Measured on **${escapeMarkdown(whereText(record), 200)}**.`]),
    ...measured.slice(0, MOST_MODELS).flatMap(({ key, runner }) => runnerBlocks(key, runner)),
    ...(measured.length > MOST_MODELS ? [`and ${measured.length - MOST_MODELS} more models, in the record`] : []),
    ...unmeasured(record),
    ...method(record),
    ...outputLine(record),
  ]
  return `${blocks.join('\n\n')}\n`
}

function runnerBlocks(key: string, runner: ProfiledRunner): string[] {
  const shapes = shapeTable(runner, MOST_SHAPES)
  const streams = streamTable(runner)
  const slowest = slowestText(runner, codeSpan)
  return [
    `### ${escapeMarkdown(runnerName(key, runner), 120)}`,
    tableText(batchTable(runner)),
    ...(slowest === null ? [] : [slowest]),
    ...troubleTexts(runner, (name) => name).map((text) => `⚠️ ${escapeMarkdown(text, 600)}`),
    ...(shapes === null ? [] : folded(`By shape (${runner.shapes.length})`, shapes)),
    ...(streams === null ? [] : folded('Parallel streams, each a process of its own', streams)),
  ]
}

function folded(title: string, table: FigureTable): string[] {
  const rest = table.rest === null ? [] : [table.rest]
  return [`<details><summary>${title}</summary>`, tableText(table), ...rest, '</details>']
}

const tableText = ({ heads, rows }: FigureTable): string => markdownTable(heads, rows)

function unmeasured(record: ProfileRecord): string[] {
  const all = unmeasuredOf(record)
  if (all.length === 0) return []
  const failed = all.filter(({ hasFailed }) => hasFailed).length
  const lines = all.slice(0, MOST_LINES).map(({ name, reason, hasFailed }) => {
    return `- ${hasFailed ? '❌ ' : ''}${escapeMarkdown(name, 120)}: ${escapeMarkdown(reason, 600)}`
  })
  const rest = all.length - lines.length
  return [
    `<details${failed > 0 ? ' open' : ''}><summary>Not measured (${all.length}${failed > 0 ? `, ${failed} failed` : ''})</summary>`,
    [...lines, ...(rest > 0 ? [`- and ${rest} more, in the record`] : [])].join('\n'),
    '</details>',
  ]
}

function method({ settings, host, tool, durationMs, notes, environment, target }: ProfileRecord): string[] {
  const parts = [
    escapeMarkdown(`${host.platform} ${host.release}`, 100),
    escapeMarkdown(`Node ${host.node}`, 60),
    ...(target === null ? [] : [`target ${codeSpan(target)}`]),
    `${settings.windowSize}-request windows, stable within ${settings.stabilityPercentage} %`,
    `${formatDuration(durationMs)} of ${formatDuration(settings.timeBudgetMs)}`,
    escapeMarkdown(`${tool.name} ${tool.version}`, 100),
  ]
  const lines = [...(environment?.warnings ?? []), ...notes]
  const shown = lines.slice(0, MOST_LINES).map((line) => `- ${escapeMarkdown(line, 600)}`)
  return [
    '<details><summary>Machine, method, notes</summary>',
    parts.join(' · '),
    ...(shown.length === 0 ? [] : [shown.join('\n')]),
    '</details>',
  ]
}

function outputLine({ output }: ProfileRecord): string[] {
  if (output === null) return []
  const name = output.path.split(/[/\\]/).at(-1) ?? output.path
  return [`📦 ${codeSpan(name)} · ${formatBytes(output.bytes)} · sha256 \`${output.sha256.slice(0, 12)}…\``]
}
