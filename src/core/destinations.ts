import path from 'node:path'

import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { checkFreeDisk, isOneOf, prepareDestination } from './platform/disk.js'
import type { OptimizeRequest } from './request.js'
import type { Tools } from './run.js'
import type { Subject } from './subject.js'

/** Fails before minutes of measuring rather than after them, and once the input is known to be good. A dry run writes the record alone. */
export async function prepareDestinations(
  { output, dryRun }: OptimizeRequest,
  { recordPath }: Environment,
): Promise<void> {
  if (!dryRun) await prepareDestination(output)
  if (recordPath !== null) await prepareDestination(recordPath)
}

/** Everything of the input is written again into the package, and a package is unpacked into the workspace first. */
export async function checkRoom(
  bytes: number,
  { output, dryRun }: OptimizeRequest,
  { workspace }: Tools,
): Promise<void> {
  const inWorkspace = { folder: workspace.dir, bytes }
  await checkFreeDisk(dryRun ? [inWorkspace] : [inWorkspace, { folder: path.dirname(output), bytes }])
}

/** The model alone tells which files hold its weights, so they cannot be looked at with the other options. */
export async function refuseWeightsAsOutput(
  { weightFiles }: Subject,
  { output }: OptimizeRequest,
  { recordPath }: Environment,
): Promise<void> {
  for (const file of [output, ...(recordPath === null ? [] : [recordPath])]) {
    if (!(await isOneOf(file, weightFiles))) continue
    throw new NavigatorError('output-unwritable', `${file} holds weights of the model; name another file to write.`)
  }
}
