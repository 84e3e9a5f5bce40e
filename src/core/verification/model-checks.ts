import { isAlwaysSaved, modelFiles, modelPath } from '../nav-package/model-files.js'
import type { NavPackage, PackageFile } from '../nav-package/nav-package.js'
import { PackageFiles } from '../nav-package/package-files.js'
import type { ModelStatus } from '../nav-package/status.js'
import { type Check, failed, note, ok } from './check.js'

/**
 * Whether the files that status.yaml promises are there: those of models that every package keeps, and of
 * `best`, the models that a strategy deploys, each with that strategy's name. What else is missing is usual (sources,
 * engines of other machines) and listed in a note.
 */
export function modelChecks(navPackage: NavPackage, best: ReadonlyMap<string, string>): Check[] {
  const checks: Check[] = []
  const absent: string[] = []
  const packageFiles = new PackageFiles(navPackage)
  for (const [key, model] of Object.entries(navPackage.status.models_status)) {
    const files = modelFiles(packageFiles, key, model)
    const strategy = best.get(key)
    if (files.size > 0) checks.push(...presentChecks(key, model, files))
    else if (strategy !== undefined) {
      checks.push(failed(key, `${placeOf(key, model)} is missing; it is the model that ${strategy} deploys`))
    } else if (isAlwaysSaved(navPackage.status, model)) {
      const { framework } = navPackage.status.config
      const why = `every package of ${framework} keeps its ${model.model_config.format} models`
      checks.push(failed(key, `${placeOf(key, model)} is missing; ${why}`))
    } else absent.push(key)
  }
  if (absent.length === 0) return checks
  return [
    ...checks,
    note('not saved', `${absent.join(', ')} (sources, or models that are made again where they are needed)`),
  ]
}

/** ONNX files are checked by reading them. */
function presentChecks(key: string, model: ModelStatus, files: ReadonlyMap<string, PackageFile>): Check[] {
  const { format } = model.model_config
  if (format === 'onnx') return []
  const place = placeOf(key, model)
  if ((format === 'tf-savedmodel' || format === 'tf-trt') && !files.has(`${place}/saved_model.pb`)) {
    return [failed(key, `${place} has no saved_model.pb, so it is no SavedModel`)]
  }
  return [ok(key, `${place} is there`)]
}

function placeOf(key: string, model: ModelStatus): string {
  return modelPath(key, model) ?? 'its file'
}
