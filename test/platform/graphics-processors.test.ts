import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect, it } from 'vitest'

import { readGpus } from '../../src/core/platform/graphics-processors.js'
import { temporaryFolder } from '../support/run-engine.js'

const NEVER = new AbortController().signal

it.runIf(process.platform === 'linux')('asks nvidia-smi for the GPUs and who else computes on them', async () => {
  await using folder = await temporaryFolder()
  const program = await fakeTool(
    folder.path,
    `case "$1" in
--query-gpu=*) echo "GPU-1, NVIDIA T4, 585, 1590, 40, 0, 0x0000000000000001" ;;
--query-compute-apps=*) echo "GPU-1, ${process.pid}"; echo "GPU-1, 1" ;;
esac`,
  )
  expect(await readGpus(NEVER, undefined, program)).toMatchObject([
    { name: 'NVIDIA T4', otherProcesses: 1, slowedBy: [] },
  ])
})

it.each([
  ['cannot reach its driver', 'echo "NVIDIA-SMI has failed"; exit 9'],
  ['finds no GPU', 'echo "No devices were found"'],
])('knows of no GPU when nvidia-smi %s', async (_, script) => {
  await using folder = await temporaryFolder()
  expect(await readGpus(NEVER, undefined, await fakeTool(folder.path, script))).toBeNull()
})

it('knows of no GPU without nvidia-smi', async () => {
  expect(await readGpus(NEVER, undefined, 'nvidia-smi-that-is-not-there')).toBeNull()
})

it.runIf(process.platform === 'linux')(
  'does not wait for an nvidia-smi that hangs when the run is interrupted',
  async () => {
    await using folder = await temporaryFolder()
    const abort = new AbortController()
    const asked = readGpus(abort.signal, undefined, await fakeTool(folder.path, 'exec sleep 1000'))
    abort.abort()
    expect(await asked).toBeNull()
  },
)

async function fakeTool(folder: string, script: string): Promise<string> {
  const file = path.join(folder, 'nvidia-smi')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}
