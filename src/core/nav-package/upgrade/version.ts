/** The numbers of a version such as `0.3.2`; what follows them, such as `rc1`, is passed over. Null for anything else. */
export function versionNumbers(version: string): number[] | null {
  const [, numbers] = /^v?(\d{1,9}(?:\.\d{1,9}){0,9})(?:[-_.]?[a-z][\w.+-]*|\+[\w.]+)?$/i.exec(version) ?? []
  return numbers === undefined ? null : numbers.split('.').map(Number)
}

/** Negative when `a` is older than `b`; what is no version is the oldest. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionNumbers(a) ?? [], versionNumbers(b) ?? []]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
