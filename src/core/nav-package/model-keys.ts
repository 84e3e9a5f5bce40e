import { modelFileName } from './model-formats.js'
import type { NavPackage, PackageEntry } from './nav-package.js'
import type { ModelStatus, Status } from './status.js'

/**
 * The key that the real Navigator gives a model when it loads the status (0.14.0, `model_config.py`): its format and
 * the parameters of its ancestors and itself. Under a key of another name it would find another file.
 */
export function recomputedKey({ models_status: models }: Status, key: string): string {
  const parameters: string[] = []
  const seen = new Set<string>()
  let model: ModelStatus | undefined = ownModel(models, key)
  const format = model?.model_config.format ?? key
  for (let at: string | null = key; at !== null && model !== undefined && !seen.has(at);) {
    seen.add(at)
    parameters.unshift(...parametersOf(model.model_config))
    at = model.model_config.parent_key
    model = at === null ? undefined : ownModel(models, at)
  }
  return [format, ...parameters].join('-')
}

/** Where the real Navigator looks for a model's file or folder, whatever path its status names. */
export function recomputedPath(status: Status, key: string): string {
  const format = ownModel(status.models_status, key)?.model_config.format ?? key
  return `${recomputedKey(status, key)}/${modelFileName(format)}`
}

/**
 * The package with every ONNX model under the key that the real Navigator gives it, where that is free: of a package
 * with `onnx-dynamo` alone it becomes `onnx`. The moves are among the warnings.
 */
export function withResolvableKeys(navPackage: NavPackage): NavPackage {
  const keys = Object.keys(navPackage.status.models_status)
  return keys.reduce((moved, key) => {
    const { models_status: models } = moved.status
    const target = recomputedKey(moved.status, key)
    if (ownModel(models, key)?.model_config.format !== 'onnx' || Object.hasOwn(models, target)) return moved
    return moveModel(moved, key, target)
  }, navPackage)
}

function moveModel({ entries, status, ...rest }: NavPackage, from: string, to: string): NavPackage {
  const moved = (path: string): string => (path.startsWith(`${from}/`) ? to + path.slice(from.length) : path)
  const models = Object.entries(status.models_status).map(([key, model]): [string, ModelStatus] => {
    const config = model.model_config
    const paths = ['path', 'log_path', 'parent_path'].flatMap((field) => {
      const path = config[field]
      return typeof path === 'string' ? [[field, moved(path)] as const] : []
    })
    const names = { ...(key === from ? { key: to } : {}), ...(config.parent_key === from ? { parent_key: to } : {}) }
    return [key === from ? to : key, { ...model, model_config: { ...config, ...Object.fromEntries(paths), ...names } }]
  })
  return {
    status: { ...status, models_status: Object.fromEntries(models) },
    entries: new Map([...entries].map(([name, entry]): [string, PackageEntry] => [moved(name), entry])),
    ...rest,
    warnings: [
      ...rest.warnings,
      `The model ${from} is kept as ${to}: the real Navigator finds it under that key only.`,
    ],
  }
}

function ownModel(models: Status['models_status'], key: string): ModelStatus | undefined {
  return Object.hasOwn(models, key) ? models[key] : undefined
}

/** What a model adds to its own key and to those of its descendants, in order. */
export function parametersOf(config: { readonly format: string; readonly [field: string]: unknown }): string[] {
  const text = (field: string): string[] => (typeof config[field] === 'string' ? [config[field]] : [])
  const flag = (field: string, name: string): string[] => (config[field] === true ? [name] : [])
  switch (config.format) {
    case 'torchscript':
      return text('jit_type')
    case 'onnx':
      return flag('quantized', 'quantized')
    case 'tf-savedmodel':
      return [...flag('jit_compile', 'jit'), ...flag('enable_xla', 'xla')]
    case 'trt':
    case 'tf-trt':
    case 'torch-trt':
      return text('precision')
    default:
      return []
  }
}
