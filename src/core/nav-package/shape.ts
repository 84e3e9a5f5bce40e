import type { z } from 'zod'

import { isTree } from './upgrade/tree.js'

/**
 * How a tree must look: `schema` says so of one map or list, `fields` of what it has under a name, `entries` of all that
 * it holds. Checked piece by piece, so that a million wrong fields cost no more than the few that are told.
 */
export interface Shape {
  readonly schema: z.ZodType
  readonly fields?: Readonly<Record<string, Shape>>
  readonly entries?: Shape
}

const MOST_PROBLEMS = 50

/** One sentence for each wrong field, by its path: the first 50, and that there are more. */
export function problemsOf(shape: Shape, tree: unknown): string[] {
  const problems: string[] = []
  for (const problem of problemsAt(shape, tree, [])) {
    if (problems.length === MOST_PROBLEMS) return [...problems, 'and more']
    problems.push(problem)
  }
  return problems
}

function* problemsAt(shape: Shape, value: unknown, path: readonly string[]): Generator<string> {
  for (const issue of shape.schema.safeParse(value).error?.issues ?? []) {
    yield problemText(issue, [...path, ...issue.path.map(String)], value)
  }
  if (shape.fields !== undefined && isTree(value)) {
    for (const [name, field] of Object.entries(shape.fields)) {
      if (Object.hasOwn(value, name)) yield* problemsAt(field, value[name], [...path, name])
    }
  }
  if (shape.entries === undefined) return
  const entries = isTree(value) ? Object.entries(value) : Array.isArray(value) ? value.entries() : []
  for (const [name, entry] of entries) yield* problemsAt(shape.entries, entry, [...path, String(name)])
}

function problemText(issue: z.core.$ZodIssue, path: readonly string[], value: unknown): string {
  const name = path.at(-1) ?? ''
  const isMissing = issue.path.length === 1 && isTree(value) && !Object.hasOwn(value, name)
  const expected = issue.code === 'invalid_type' ? `expected a ${issue.expected}` : issue.message
  return `${path.join('.') || 'status.yaml'}: ${isMissing ? `is missing; ${expected}${HINTS.get(name) ?? ''}` : issue.message}`
}

/** How to mend what the real Navigator fails at with KeyError. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['parent_key', ', or null for a model that was not converted from another'],
  ['runner_name', ', the key that the runner has'],
  ['pytree_metadata', ' with metadata, which may be null, and tensor_type'],
])
