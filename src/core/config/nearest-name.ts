/** Longer texts are nobody's slip of the pen, and comparing them takes time by the square of their length. */
const LONGEST_NAME = 100

/** The known name that differs from `name` in the fewest letters; null when none is known. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const text = name.slice(0, LONGEST_NAME)
  const [first = null, ...rest] = known
  return rest.reduce((best, one) => (best !== null && distance(text, one) >= distance(text, best) ? best : one), first)
}

/** How many letters two names differ by (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
