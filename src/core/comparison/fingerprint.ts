/** Facts of a machine and its software by name, as a record keeps them. */
export type Fingerprint = Readonly<Record<string, string>>

/** What people call the facts of a fingerprint; others are called as they are named. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['cpu', 'processor'],
  ['cpuVersion', 'processor family-model-stepping'],
  ['instructions', 'processor instructions'],
  ['cache', 'last-level cache'],
  ['maxClock', 'highest clock'],
  ['logicalCores', 'logical cores'],
  ['allowedCores', 'cores allowed'],
  ['coreQuota', 'quota of cores'],
  ['hyperThreads', 'hyper-threading'],
  ['governor', 'clock governor'],
  ['boost', 'clock boost'],
  ['virtualMachine', 'virtual machine'],
  ['platform', 'platform'],
  ['node', 'Node.js'],
  ['release', 'system release'],
  ['onnxruntime', 'ONNX Runtime'],
])

/**
 * How the machine of one record differs from that of another, a line for each fact, in words ("processor: AMD EPYC 7763
 * then, Intel Xeon 8370C now"). Empty when figures of the two may be compared. A fact that only one of them knows
 * differs. Values are as recorded: escape them where they are shown.
 */
export function fingerprintDifferences(then: Fingerprint, now: Fingerprint): string[] {
  const before = new Map(Object.entries(then))
  const after = new Map(Object.entries(now))
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((fact) => before.get(fact) !== after.get(fact))
    .map((fact) => {
      const [one, other] = [before, after].map((facts) => facts.get(fact) ?? 'not recorded')
      return `${NAMES.get(fact) ?? fact}: ${one} then, ${other} now`
    })
}
