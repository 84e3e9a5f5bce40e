import { measurementsWithPercentiles } from './from-0-1-0.js'
import { profileOfDynamicAxes } from './from-0-1-2.js'
import { runtimesOfAllFormats } from './from-0-1-3.js'
import { modelsByName } from './from-0-1-4.js'
import { profilerConfigToOptimizationProfile } from './from-0-2-1.js'
import { trtProfileToProfiles } from './from-0-2-2.js'
import { metadataWithStructure } from './from-0-2-3.js'
import { torchToTorchScript } from './from-0-3-0.js'
import { torchTensorRtWithPickleProtocol } from './from-0-3-1.js'
import type { Tree } from './tree.js'
import { compareVersions } from './version.js'

/**
 * The real Navigator's upgrade steps (0.14.0, `package/status.py`), oldest first: every step whose version is not older
 * than the file's runs. Each takes the parsed tree and gives a new one, and differs from the original's only where its
 * comment says so.
 */
const STEPS: readonly [version: string, step: (status: Tree) => Tree][] = [
  ['0.1.0', measurementsWithPercentiles],
  ['0.1.2', profileOfDynamicAxes],
  ['0.1.3', runtimesOfAllFormats],
  ['0.1.4', modelsByName],
  ['0.2.1', profilerConfigToOptimizationProfile],
  ['0.2.2', trtProfileToProfiles],
  ['0.2.3', metadataWithStructure],
  ['0.3.0', torchToTorchScript],
  ['0.3.1', torchTensorRtWithPickleProtocol],
]

/** Brings a status of any known format to the newest shape; newer ones are returned as they are. */
export function upgradeStatus(status: Tree, version: string): Tree {
  return STEPS.filter(([step]) => compareVersions(version, step) <= 0).reduce((tree, [, step]) => step(tree), status)
}
