import * as core from '@actions/core'

/** The outputs of action.yml; a test compares. */
export const OUTPUTS = [
  'outcome',
  'verdict',
  'package-path',
  'record-path',
  'artifact-id',
  'artifact-url',
  'artifact-digest',
  'best-candidate',
  'best-key',
  'best-runner',
  'best-batch-size',
  'throughput',
  'latency-p50-ms',
  'latency-p99-ms',
  'speed-up',
] as const

/** The outputs of profile/action.yml; a test compares. */
export const PROFILE_OUTPUTS = [
  'outcome',
  'record-path',
  'yaml-path',
  'package-path',
  'artifact-id',
  'artifact-url',
  'throughput',
  'best-batch-size',
  'latency-p50-ms',
] as const

/** What sets every one of these outputs: those that are not known to an empty text. */
export function outputSetter(names: readonly string[]): (known: ReadonlyMap<string, string>) => void {
  return (known) => {
    for (const name of names) core.setOutput(name, known.get(name) ?? '')
  }
}

export const setOutputs = outputSetter(OUTPUTS)
export const setProfileOutputs = outputSetter(PROFILE_OUTPUTS)

/** Adds markdown to the job summary, where there is one. */
export async function writeSummary(markdown: string): Promise<void> {
  if (process.env['GITHUB_STEP_SUMMARY'] !== undefined) await core.summary.addRaw(markdown).write()
}
