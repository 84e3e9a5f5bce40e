import { createStatus } from '../../src/core/nav-package/create-status.js'
import type { Status } from '../../src/core/nav-package/status.js'

/** A small status of one ONNX model with one input and one output. */
export function makeStatus(environment: Record<string, unknown> = { os: 'linux' }): Status {
  return createStatus({
    uuid: '0b0c4d3e-0000-4000-8000-000000000000',
    timestamp: '2024-05-06T07:08:09.123456',
    environment,
    batchDim: 0,
    targetDevice: 'cpu',
    sampleCount: 1,
    seed: 0,
    optimizationProfile: {
      maxBatchSize: 8,
      batchSizes: [1, 8],
      windowSize: 50,
      stabilityPercentage: 10,
      stabilizationWindows: 3,
      minTrials: 3,
      maxTrials: 10,
      throughputCutoffThreshold: null,
      throughputBackoffLimit: 2,
    },
    inputs: [{ name: 'x', shape: [-1, 4], dtype: 'float32' }],
    outputs: [{ name: 'y', shape: [-1, 2], dtype: 'float32' }],
    trtProfile: new Map([['x', { min: [1, 4], opt: [8, 4], max: [8, 4] }]]),
    dataloaderMaxBatchSize: 1,
    models: [
      {
        model: { format: 'onnx', opset: 17 },
        customArgs: {},
        runners: [
          {
            runner: 'OnnxCPU',
            correctness: 'OK',
            tolerances: [{ outputName: 'y', atol: 1e-7, rtol: 0 }],
            correctnessSeconds: 0.5,
            performance: 'SKIPPED',
            performanceSeconds: 0,
            profilingResults: [],
          },
        ],
      },
    ],
  })
}
