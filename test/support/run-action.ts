import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { expect } from 'vitest'

/** What one step of the action left behind. */
export interface ActionRun {
  readonly code: number | null
  readonly stdout: string
  readonly outputs: ReadonlyMap<string, string>
  readonly state: ReadonlyMap<string, string>
  readonly summary: string
}

/**
 * Runs a step of the bundle in `dist/` as the runner does: inputs and state as variables, outputs, state and summary as
 * files, `folder` as the workspace. `onOutput` sees the log so far whenever it grows, and may end the process.
 */
export async function runAction(
  folder: string,
  inputs: Readonly<Record<string, string>>,
  options: {
    readonly step?: 'index.js' | 'post.js'
    /** What is started instead, with its arguments: the bundle that the tests made from source. */
    readonly program?: readonly string[]
    readonly environment?: Readonly<Record<string, string>>
    readonly onOutput?: (stdout: string, end: (signal: NodeJS.Signals) => void) => void
  } = {},
): Promise<ActionRun> {
  const { step = 'index.js', environment = {}, onOutput } = options
  const program = options.program ?? [path.join('dist/action', step)]
  const commandFile = async (name: string): Promise<string> => {
    await mkdir(path.join(folder, 'commands'), { recursive: true })
    await writeFile(path.join(folder, 'commands', name), '')
    return path.join(folder, 'commands', name)
  }
  const [output, summary, state] = [
    await commandFile('output'),
    await commandFile('summary'),
    await commandFile('state'),
  ]
  const child = spawn(process.execPath, program, {
    env: {
      PATH: process.env['PATH'],
      GITHUB_WORKSPACE: folder,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_STATE: state,
      RUNNER_TEMP: path.join(folder, 'temp'),
      RUNNER_TOOL_CACHE: path.join(folder, 'tools'),
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    onOutput?.(stdout, (signal) => child.kill(signal))
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    code,
    stdout,
    outputs: commands(await readFile(output, 'utf8')),
    state: commands(await readFile(state, 'utf8')),
    summary: await readFile(summary, 'utf8'),
  }
}

/** Every group of the log was closed before the next began and before the end. */
export function expectBalancedGroups(stdout: string): void {
  const groups = [...stdout.matchAll(/^::(group|endgroup)::/gm)].map((match) => match[1])
  expect(groups).toEqual(groups.map((_, index) => (index % 2 === 0 ? 'group' : 'endgroup')))
  expect(groups.length % 2).toBe(0)
}

/** The last value of each name in a command file. */
function commands(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n?\2$/gm)].map(([, name, , value]) => [name!, value!]))
}
