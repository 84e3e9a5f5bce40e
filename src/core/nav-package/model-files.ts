import { isBaseFormat } from './model-formats.js'
import type { PackageFile } from './nav-package.js'
import type { PackageFiles } from './package-files.js'
import type { ModelStatus, Status } from './status.js'

/** Where a model lies in its package: a file, or a folder for some formats; null for one that says nothing. */
export function modelPath(key: string, { model_config: { format, path } }: ModelStatus): string | null {
  return path ?? (format === 'onnx' ? `${key}/model.onnx` : null)
}

/** The files of a model that are in the package, by entry name: its own file, or all those in its folder. */
export function modelFiles(files: PackageFiles, key: string, model: ModelStatus): ReadonlyMap<string, PackageFile> {
  const at = modelPath(key, model)
  return at === null ? new Map() : files.at(at)
}

/**
 * The files that make up a model, by entry name: for ONNX also what lies beside it, such as external weights, except
 * logs and scripts.
 */
export function modelTree(files: PackageFiles, key: string, model: ModelStatus): ReadonlyMap<string, PackageFile> {
  const own = modelFiles(files, key, model)
  const folder = folderOf(modelPath(key, model) ?? '')
  if (own.size === 0 || model.model_config.format !== 'onnx' || folder === '') return own
  return new Map([...own, ...[...files.at(folder)].filter(([name]) => !REMARK.test(name))])
}

/** Logs and reproduction scripts, which lie beside models and are none of them. */
const REMARK = /\.(?:py|sh|log)$/

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/**
 * Whether the real Navigator's save keeps this model in any case: its format is one of the framework's own and it was
 * made. Other models are only there when they were the best one on the machine that saved the package.
 */
export function isAlwaysSaved({ config }: Status, model: ModelStatus): boolean {
  return isBaseFormat(model.model_config.format, config.framework ?? '') && wasMade(model)
}

/** Its own commands (copy, export, convert): one failed, or none was done, and there is no file to keep. */
function wasMade(model: ModelStatus): boolean {
  const { status } = model
  const commands = typeof status === 'object' && status !== null ? Object.entries(status) : []
  // A graph surgeon that fails leaves the model as it was.
  const making = commands
    .filter(([name]) => name !== 'GraphSurgeonOptimize')
    .map(([, result]: [string, unknown]) => result)
  return !making.includes('FAIL') && (making.length === 0 || making.includes('OK'))
}
