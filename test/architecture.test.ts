import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

/** Each part of src/ and the other parts it may import; the code map in ARCHITECTURE.md is this table. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'core/tensors': [],
  'core/config': [],
  'core/machine': [],
  'core/platform': ['core/machine'],
  'core/nav-package': ['core/tensors'],
  'core/formats': ['core/nav-package'],
  'core/onnx': ['core/tensors'],
  'core/verification': ['core/nav-package', 'core/tensors'],
  'core/difference': ['core/nav-package', 'core/onnx', 'core/tensors'],
  'core/plan': ['core/nav-package', 'core/tensors'],
  'core/measurement': ['core/tensors', 'core/plan'],
  'core/comparison': ['core/plan', 'core/measurement'],
  'core/selection': ['core/plan', 'core/measurement'],
  'core/report': ['core/plan', 'core/measurement', 'core/comparison', 'core/selection'],
  'core/backends': ['core/tensors', 'core/plan', 'core/measurement', 'core/platform'],
  core: [
    'core/config',
    'core/machine',
    'core/tensors',
    'core/platform',
    'core/nav-package',
    'core/formats',
    'core/onnx',
    'core/verification',
    'core/difference',
    'core/plan',
    'core/measurement',
    'core/comparison',
    'core/selection',
    'core/report',
    'core/backends',
  ],
  worker: ['core/backends', 'core/measurement', 'core/platform', 'core/tensors'],
  action: ['core', 'core/config', 'core/report', 'core/platform'],
  cli: ['core', 'core/report', 'core/platform'],
}

const WITH_IO = ['core/platform', 'core/backends', 'core/formats']
const PURE = Object.keys(MAY_IMPORT).filter((part) => part.startsWith('core/') && !WITH_IO.includes(part))
/** Files of a pure folder that do I/O, on top of platform. */
const IO_FILES = ['archive-file', 'read-archive', 'write-archive'].map((name) => `core/nav-package/${name}.ts`)
const IO_MODULE = /^(node:)?(fs|child_process|http|https|net|os|process|worker_threads)\b/

/** The packages that belong to one part only. */
const HOMES: readonly [prefix: string, parts: readonly string[]][] = [
  ['@actions/', ['action']],
  ['onnxruntime-', ['core/backends', 'worker']],
  ['jszip', ['core/tensors']],
  ['yauzl', ['core/nav-package', 'core/tensors', 'core/formats']],
  ['@bufbuild/', ['core/onnx']],
  ['commander', ['cli']],
  ['ora', ['cli']],
]

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))

/** `core/plan` for a file in a folder of core, `core` for one directly in it, `action`, … for the shells. */
function partOf(file: string): string {
  return /^core\/[^/]+(?=\/)|^[^/]+(?=\/)/.exec(file)?.[0] ?? 'root'
}

function importsOf(file: string): string[] {
  const text = readFileSync(`${src}/${file}`, 'utf8')
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '')
}

function isForbidden(file: string, specifier: string): boolean {
  const part = partOf(file)
  if (specifier.startsWith('.')) {
    const target = join(dirname(file), specifier)
    if (target === 'core/errors.js' || partOf(target) === part || part === 'root') return false
    if (IO_FILES.includes(file) && partOf(target) === 'core/platform') return false
    return !MAY_IMPORT[part]?.includes(partOf(target))
  }
  if (PURE.includes(part) && !IO_FILES.includes(file) && IO_MODULE.test(specifier)) return true
  return HOMES.some(([prefix, parts]) => specifier.startsWith(prefix) && !parts.includes(part))
}

test.each(files)('%s imports only what its part may', (file) => {
  expect(importsOf(file).filter((specifier) => isForbidden(file, specifier))).toEqual([])
})
