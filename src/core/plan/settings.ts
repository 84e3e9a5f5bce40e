import type { SessionSettings } from './candidate.js'

/** ONNX Runtime's own defaults, with every core this process may use (its default would ignore CPU affinity). */
export function defaultSettings(allowedCores: number): SessionSettings {
  return { graphLevel: 'all', intraOpThreads: allowedCores, spinning: true, memoryArena: true }
}

/** Settings worth trying besides the defaults, most promising first. */
export function settingsToTry(allowedCores: number): SessionSettings[] {
  const defaults = defaultSettings(allowedCores)
  const fewer = [...new Set([Math.ceil(allowedCores / 2), 1])].filter((threads) => threads < allowedCores)
  return [
    { ...defaults, spinning: false },
    ...fewer.map((intraOpThreads) => ({ ...defaults, intraOpThreads })),
    { ...defaults, graphLevel: 'extended' as const },
  ]
}

/** What is not default, in words; `default settings` when all is. */
export function settingsLabel(settings: SessionSettings, defaults: SessionSettings): string {
  const parts: string[] = []
  if (settings.intraOpThreads !== defaults.intraOpThreads) {
    parts.push(settings.intraOpThreads === 1 ? '1 thread' : `${settings.intraOpThreads} threads`)
  }
  if (settings.spinning !== defaults.spinning) parts.push(settings.spinning ? 'spinning' : 'no spinning')
  if (settings.graphLevel !== defaults.graphLevel) parts.push(`graph level ${settings.graphLevel}`)
  if (settings.memoryArena !== defaults.memoryArena)
    parts.push(settings.memoryArena ? 'memory arena' : 'no memory arena')
  return parts.join(', ') || 'default settings'
}

/** Whether two sets of settings make the same session. */
export function isSameSettings(one: SessionSettings, other: SessionSettings): boolean {
  return (
    one.graphLevel === other.graphLevel &&
    one.intraOpThreads === other.intraOpThreads &&
    one.spinning === other.spinning &&
    one.memoryArena === other.memoryArena
  )
}
