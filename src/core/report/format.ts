/** What stands where a number is not known. */
export const UNKNOWN = '–'

/** Three significant figures with thousands separated: `0.0120`, `22.1`, `1.90`, `1,234`. */
function figures(value: number): string {
  if (value === 0) return '0'
  if (Math.abs(value) < 99.95) return value.toPrecision(3)
  return formatCount(value)
}

/** A whole number with thousands separated: `4,000`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Milliseconds as a reader takes them in: `12.3 µs`, `22.1 ms`, `1.50 s`. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNKNOWN
  if (ms < 0.1) return `${figures(ms * 1000)} µs`
  return ms < 1000 ? `${figures(ms)} ms` : `${figures(ms / 1000)} s`
}

/** A number of things per second without its unit: `79.0`, `151`, `12,345`. */
export function formatRate(perSecond: number): string {
  return Number.isFinite(perSecond) ? figures(perSecond) : UNKNOWN
}

/** Items per second: `79.0 /s`, `151 /s`, `12,345 /s`. */
export function formatThroughput(perSecond: number | null): string {
  return perSecond === null || !Number.isFinite(perSecond) ? UNKNOWN : `${formatRate(perSecond)} /s`
}

/** Decimal units: `512 B`, `4.70 MB`. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return UNKNOWN
  if (bytes < 1000) return `${bytes} B`
  const steps = [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const
  const [size, unit] = steps.find(([step]) => bytes >= step * 0.9995) ?? [1e3, 'kB']
  return `${figures(bytes / size)} ${unit}`
}

/** A factor: `1.90 ×`. */
export function formatRatio(ratio: number | null): string {
  return ratio === null || !Number.isFinite(ratio) ? UNKNOWN : `${figures(ratio)} ×`
}

/** A share (0.006) as `0.6 %`, two significant figures; shares too small to matter as `under 0.001 %`. */
export function formatPercent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return UNKNOWN
  if (share > 0 && share < 1e-5) return 'under 0.001 %'
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`
}

/** A span of time for people: `850 ms`, `12.3 s`, `4 min 5 s`, `2 min`, `2 h 3 min`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${figures(ms / 1000)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return withRest(`${minutes} min`, seconds % 60, 's')
  return withRest(`${Math.floor(minutes / 60)} h`, minutes % 60, 'min')
}

const withRest = (whole: string, rest: number, unit: string): string =>
  rest === 0 ? whole : `${whole} ${rest} ${unit}`
