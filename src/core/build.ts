import { BackendFailure } from './backends/backend.js'
import { buildSerialized } from './build-serialized.js'
import type { Environment } from './environment.js'
import { NavigatorError } from './errors.js'
import { withRecord } from './keep-record.js'
import { measureReference } from './reference.js'
import type { BuildRequest } from './request.js'
import { finish, referenceOptions, type RunResult, startRun, withTools } from './run.js'

/**
 * As `optimize`, without measuring: the package of a model, its metadata, samples and checked outputs. A model of another
 * format than ONNX is packed without being run.
 */
export async function buildPackage(request: BuildRequest, environment: Environment): Promise<RunResult> {
  if (request.source.kind === 'package') {
    throw new NavigatorError(
      'invalid-options',
      `${request.source.path} is a package already. Give build a model, or optimize the package.`,
    )
  }
  if (request.serialized != null) return buildSerialized(request, request.serialized, environment)
  return withTools({ ...request, waitForQuietMs: null }, environment, 'off', async (tools) => {
    const run = await startRun('build', request, tools)
    return withRecord(run, environment, async () => {
      environment.onProgress({ kind: 'stage', stage: 'reference' })
      const [model] = run.subject.models
      try {
        run.reference = await measureReference(tools.backend, model, run.samples, referenceOptions(run, tools))
      } catch (error) {
        if (!(error instanceof BackendFailure)) throw error
        run.outcome = 'no-candidate'
        run.outcomeReason = `The model does not run: ${error.message}`
      }
      if (run.outcome === 'done') await finish(run, tools)
    })
  })
}
