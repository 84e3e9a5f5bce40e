import pc from 'picocolors'

import type { PackageDifference } from '../core/diff.js'
import { plainText } from '../core/report/escape.js'
import { formatBytes } from '../core/report/format.js'

type Graph = NonNullable<NonNullable<PackageDifference['content']>['models'][number]['graph']>
type Weights = Graph['weights']
type Weight = Weights['added'][number]

const MOST_OPERATORS = 12
const MOST_WEIGHTS = 5

/** What differs between two ONNX models, a few lines that begin with `indent`. */
export function graphLines({ header, inputs, outputs, operators, weights }: Graph, indent: string): string[] {
  return [
    ...header.map(({ path, a, b }) => `${plainText(path)}: ${text(a)} → ${text(b)}`),
    ...[...inputs].map(({ path, a, b }) => `input ${plainText(path)}: ${text(a)} → ${text(b)}`),
    ...[...outputs].map(({ path, a, b }) => `output ${plainText(path)}: ${text(a)} → ${text(b)}`),
    ...operatorLine(operators),
    ...weightLines(weights),
  ].map((line) => `${indent}${line}`)
}

function text(value: string | null): string {
  return value === null || value === '' ? 'none' : plainText(value, 60)
}

/** `Conv 12 → 10, +3 Cast, -1 Add` */
function operatorLine(operators: Graph['operators']): string[] {
  if (operators.length === 0) return []
  const parts = operators.slice(0, MOST_OPERATORS).map(({ name, a, b }) => {
    const shown = plainText(name, 60)
    if (a === 0) return pc.green(`+${b} ${shown}`)
    return b === 0 ? pc.red(`-${a} ${shown}`) : `${shown} ${a} → ${b}`
  })
  const left = operators.length - parts.length
  return [`operators: ${parts.join(', ')}${left > 0 ? ` and ${left} more` : ''}`]
}

function weightLines({ unchanged, added, removed, changed, renamed }: Weights): string[] {
  const bytes = (weights: readonly { bytes: number }[]): number => weights.reduce((sum, one) => sum + one.bytes, 0)
  const parts = [
    ...(changed.length === 0 ? [] : [`${changed.length} changed (${formatBytes(bytes(changed.map(({ b }) => b)))})`]),
    ...(added.length === 0 ? [] : [`${added.length} added (${formatBytes(bytes(added))})`]),
    ...(removed.length === 0 ? [] : [`${removed.length} removed (${formatBytes(bytes(removed))})`]),
    ...(renamed.length === 0 ? [] : [`${renamed.length} renamed`]),
  ]
  if (parts.length === 0) return []
  return [
    `weights: ${parts.join(', ')}, ${unchanged} the same`,
    ...some(changed, ({ name, a, b }) => `${pc.yellow('~')} ${plainText(name, 80)} ${changeText(a, b)}`),
    ...some(removed, (weight) => pc.red(`- ${plainText(weight.name, 80)} ${typeText(weight)}`)),
    ...some(added, (weight) => pc.green(`+ ${plainText(weight.name, 80)} ${typeText(weight)}`)),
    ...some(renamed, ({ from, to }) => `${pc.yellow('~')} ${plainText(from, 80)} is called ${plainText(to, 80)}`),
  ]
}

/** Hashes short enough for a line; the JSON has them whole. */
function changeText(a: Omit<Weight, 'name'>, b: Omit<Weight, 'name'>): string {
  const [before, after] = [typeText(a), typeText(b)]
  return before === after ? `${before}, ${a.sha256.slice(0, 8)} → ${b.sha256.slice(0, 8)}` : `${before} → ${after}`
}

function typeText({ dtype, shape }: Omit<Weight, 'name'>): string {
  return `${plainText(dtype)} [${shape.join(', ')}]`
}

function some<T>(items: readonly T[], line: (item: T) => string): string[] {
  const left = items.length - MOST_WEIGHTS
  const shown = items.slice(0, MOST_WEIGHTS).map((item) => `  ${line(item)}`)
  return left > 0 ? [...shown, pc.dim(`  and ${left} more`)] : shown
}
