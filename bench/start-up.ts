import { spawn } from 'node:child_process'
import { cp, readdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { CLASSIFIER, temporaryFolder } from '../test/support/run-engine.js'
import { medianInterval, intervalText, verdict } from './median-interval.js'

const SECONDS = 1.5
const MEGABYTES = 8
const RUNS = 12

/** Action start to first inference with a warm tool cache, and the size of the JavaScript in `dist/`. */
export async function startUp({ quick }: { readonly quick: boolean }): Promise<boolean> {
  const fast = await startsFast(quick ? 1 : RUNS)
  const small = await isSmall()
  return fast && small
}

async function startsFast(runs: number): Promise<boolean> {
  await using folder = await temporaryFolder()
  // Only what a runner has: node_modules above it would be used instead of the tool cache.
  for (const name of ['dist', 'action.yml', 'package.json']) {
    await cp(name, path.join(folder.path, 'action', name), { recursive: true })
  }
  await secondsToInference(folder.path)
  if (!(await readdir(folder.path)).includes('tools'))
    throw new Error(`${folder.path} lies below a node_modules folder`)
  const seconds: number[] = []
  for (let count = 1; count <= runs; count++) {
    const taken = await secondsToInference(folder.path)
    seconds.push(taken)
    process.stderr.write(`start-up: run ${count} of ${runs}: ${taken.toFixed(2)} s\n`)
  }
  const all = medianInterval(seconds)
  return verdict(`start-up, seconds from action start to first inference: ${intervalText(all)}`, all.median, SECONDS)
}

/**
 * Starts the action as a runner does and waits for the line that says that the reference outputs are there: the first
 * inference is just over then, so the time is never too small. The run is then let go on to its end.
 */
async function secondsToInference(folder: string): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, [path.join(folder, 'action', 'dist', 'action', 'index.js')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      RUNNER_TEMP: path.join(folder, 'temp'),
      RUNNER_TOOL_CACHE: path.join(folder, 'tools'),
      GITHUB_WORKSPACE: folder,
      INPUT_MODEL: CLASSIFIER,
      'INPUT_INPUT-SHAPE': 'x=1x3x48x192',
      'INPUT_BATCH-SIZES': '1',
      INPUT_SETTINGS: 'default',
      INPUT_EXCLUSIVE: 'off',
    },
  })
  let output = ''
  const seen: number[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.includes('Checking and measuring')) seen.push((performance.now() - start) / 1000)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (seen[0] === undefined || code !== 0) throw new Error(`the action ended with ${String(code)}:\n${output}`)
  return seen[0]
}

async function isSmall(): Promise<boolean> {
  const names = await readdir('dist', { recursive: true })
  const files = await Promise.all(
    names.filter((name) => name.endsWith('.js')).map((name) => stat(path.join('dist', name))),
  )
  const megabytes = files.reduce((sum, file) => sum + file.size, 0) / 1e6
  return verdict(`start-up, megabytes of JavaScript in dist/: ${megabytes.toFixed(2)}`, megabytes, MEGABYTES)
}
