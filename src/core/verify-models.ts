import { type Backend, BackendFailure } from './backends/backend.js'
import { createOnnxRuntimeBackend } from './backends/onnxruntime/backend.js'
import { bestRuntimes } from './best-runtimes.js'
import type { Environment } from './environment.js'
import { NavigatorError, sentencesOf, throwIfInterrupted } from './errors.js'
import { modelFiles } from './nav-package/model-files.js'
import type { NavPackage, PackageFile } from './nav-package/nav-package.js'
import { PackageFiles } from './nav-package/package-files.js'
import { defaultSettings } from './plan/settings.js'
import { availableMemoryBytes, describeHost } from './platform/host.js'
import { resolveRuntime } from './platform/runtime-folder.js'
import { describeModelFile } from './subject.js'
import { type Check, failed, note, ok, warning } from './verification/check.js'

const LOAD_TIMEOUT_MS = 120_000
/** The strategies that the real Navigator tries in turn where it is told none (0.14.0, `configuration`). */
const DEFAULT_STRATEGIES = ['max-throughput-and-min-latency', 'min-latency'] as const

/** The models that a user gets who asks for none in particular, with the strategy that picks each. */
export function deployedModels({ status }: NavPackage): Map<string, string> {
  const best = bestRuntimes(status, null).filter(({ includeSource }) => !includeSource)
  for (const strategy of DEFAULT_STRATEGIES) {
    const runtime = best.find((one) => one.strategy === strategy)?.runtime
    if (runtime != null) return new Map([[runtime.key, strategy]])
  }
  return new Map()
}

/**
 * Reads every ONNX file with its external weights, and loads it where `load` is set and this machine has the runtime;
 * one check each.
 */
export async function checkOnnxModels(
  navPackage: NavPackage,
  load: boolean,
  environment: Environment,
): Promise<Check[]> {
  const files = onnxFiles(navPackage)
  if (files.size === 0) return []
  const { backend, checks } = load ? await findRuntime(environment) : { backend: null, checks: [NOT_LOADED] }
  for (const [name, file] of files) {
    throwIfInterrupted(environment.signal)
    checks.push(await checkOnnxModel(name, file, backend, environment))
  }
  return checks
}

const NOT_LOADED = note('ONNX Runtime', 'was not used, as asked: models were read and not loaded')

/** Models of status.yaml, and whatever else is named as one, such as tuned models of ours. */
function onnxFiles(navPackage: NavPackage): Map<string, PackageFile> {
  const files = new PackageFiles(navPackage)
  const rows = Object.entries(navPackage.status.models_status)
  const own = rows.filter(([, model]) => model.model_config.format === 'onnx')
  // Many rows may name the same folder.
  const found = new Set(own.map(([key, model]) => modelFiles(files, key, model)))
  const names = new Set([...found].flatMap((one) => [...one.keys()]))
  return new Map([...files.byName].filter(([name]) => names.has(name) || name.endsWith('.onnx')))
}

async function findRuntime(environment: Environment): Promise<{ backend: Backend | null; checks: Check[] }> {
  const { workerPath, log } = environment
  try {
    const { bindingPath, version } = await resolveRuntime(environment, log)
    return { backend: createOnnxRuntimeBackend({ workerPath, bindingPath, version, log }), checks: [] }
  } catch (error) {
    // One that the user named is expected to be there.
    if (environment.runtimeDir !== null) throw error
    if (!(error instanceof NavigatorError) || error.code !== 'runtime-unavailable') throw error
    return { backend: null, checks: [note('ONNX Runtime', `models were read and not loaded: ${error.message}`)] }
  }
}

async function checkOnnxModel(
  name: string,
  file: PackageFile,
  backend: Backend | null,
  { signal }: Environment,
): Promise<Check> {
  try {
    const { description, weightFiles } = await describeModelFile(file.path)
    const weights = weightFiles.length === 0 ? '' : `, external weights are whole`
    const whole = `reads, opset ${description.opset}${weights}`
    if (backend === null) return ok(name, whole)
    const limits = { memoryBytes: Math.floor(availableMemoryBytes() * 0.8), loadTimeoutMs: LOAD_TIMEOUT_MS }
    const settings = defaultSettings(describeHost().allowedCores)
    const request = { modelPath: file.path, settings, limits: { ...limits, requestTimeoutMs: LOAD_TIMEOUT_MS } }
    await using session = await backend.load(request, signal)
    return ok(name, `${whole}; loads in ONNX Runtime ${backend.version} in ${session.loadMs.toFixed(0)} ms`)
  } catch (error) {
    if (error instanceof BackendFailure) return notLoaded(name, error)
    if (!(error instanceof NavigatorError) || error.outcome !== 'bad-input') throw error
    // A model may well be meant for another runtime.
    return error.code === 'model-unsupported' ? note(name, sentencesOf(error)) : failed(name, sentencesOf(error))
  }
}

/** What this machine is too small for, or the CPU has no code for, may be whole all the same. */
function notLoaded(name: string, { failureClass, message }: BackendFailure): Check {
  const isOurLimit = failureClass === 'timeout' || failureClass === 'out-of-memory'
  const mayRunElsewhere = isOurLimit || message.includes('NOT_IMPLEMENTED')
  const detail = `does not load in ONNX Runtime on this machine: ${message}`
  return mayRunElsewhere ? warning(name, detail) : failed(name, detail)
}
