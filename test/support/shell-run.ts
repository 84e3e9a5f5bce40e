import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type ShellName = 'cli' | 'action'

/** One run of a built shell in the folder `dir`, which nothing else works in. */
export interface ShellRun {
  readonly pid: number
  readonly output: string
  readonly record: string
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** What it wrote so far: stdout and stderr together. */
  text(): string
  hasEnded(): boolean
  /** Ends whatever reads its output, as Ctrl-C ends the `tee` after it. */
  stopReading(): void
}

export interface ShellOptions {
  readonly model: string
  readonly options: Readonly<Record<string, string>>
  /** A copy of `dist/` to run instead of the one here. */
  readonly dist?: string
  readonly node?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a shell on a model, as the leader of a process group of its own; the output file exists already and says `old`. */
export function startShell(name: ShellName, dir: string, given: ShellOptions): ShellRun {
  const [out, temporary] = [path.join(dir, 'out'), path.join(dir, 'tmp')]
  for (const folder of [out, temporary]) mkdirSync(folder, { recursive: true })
  const output = path.join(out, 'out.nav')
  const record = path.join(out, 'navpkg-record-out.json')
  writeFileSync(output, 'old')
  const options = { 'input-shape': 'x=1x3x48x192', exclusive: 'off', name: 'out', output, ...given.options }
  const entry = path.join(given.dist ?? path.resolve('dist'), name, 'index.js')
  const flags = Object.entries(options).map(([option, value]) => `--${option}=${value}`)
  const child = spawn(
    given.node ?? process.execPath,
    name === 'cli' ? [entry, 'optimize', given.model, '--json', record, ...flags] : [entry],
    {
      cwd: dir,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        // Workers see it too, so that their run is known.
        HOME: dir,
        TMPDIR: temporary,
        RUNNER_TEMP: temporary,
        RUNNER_TOOL_CACHE: path.join(dir, 'tools'),
        ...(name === 'action' ? actionVariables(dir, { model: given.model, ...options }) : {}),
        ...given.env,
      },
    },
  )
  return { ...watched(child), output, record }
}

/** The step `post` of the action that ran in `dir`, with the state that its main step left; gives what it wrote. */
export async function runPost(dir: string): Promise<string> {
  const state = commandFile(dir, 'state').map(([name, value]) => [`STATE_${name}`, value] as const)
  const variables = actionVariables(dir, {})
  const child = spawn(process.execPath, [path.resolve('dist/action/post.js')], {
    env: { PATH: process.env['PATH'], ...variables, ...Object.fromEntries(state) },
  })
  const post = watched(child)
  await post.ended
  return post.text()
}

/** The pairs that the action in `dir` gave as outputs or kept as state; of two with one name the last is in force. */
export function commandFile(dir: string, kind: 'output' | 'state'): [name: string, value: string][] {
  const text = readFileSync(path.join(dir, kind), 'utf8')
  const pairs = [...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)]
  return pairs.map((match) => [match[1] ?? '', match[3] ?? ''])
}

function actionVariables(dir: string, inputs: Readonly<Record<string, string>>): Record<string, string> {
  const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary' }
  const variables = Object.entries(files).map(([variable, file]) => [variable, path.join(dir, file)] as const)
  if (inputs['model'] !== undefined) for (const [, file] of variables) writeFileSync(file, '')
  return {
    GITHUB_WORKSPACE: dir,
    ...Object.fromEntries(variables),
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  }
}

function watched(child: ChildProcess): Omit<ShellRun, 'output' | 'record'> {
  let text = ''
  let hasEnded = false
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended: ShellRun['ended'] = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      hasEnded = true
      resolve({ code, signal })
    })
  })
  const stopReading = (): void => {
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  return { pid: child.pid ?? 0, ended, text: () => text, hasEnded: () => hasEnded, stopReading }
}

/** The processes that have `dir` in their command line or environment. */
export function processesOf(dir: string, kind: 'all' | 'workers' = 'all'): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const command = textOf(`/proc/${pid}/cmdline`)
      const isOurs = command.includes(`${dir}${path.sep}`) || textOf(`/proc/${pid}/environ`).includes(`HOME=${dir}\0`)
      return isOurs && (kind === 'all' || command.includes(path.join('worker', 'index.js')))
    })
    .map(Number)
}

/** What still runs of `dir` a second from now; comes back earlier when nothing does. */
export async function straysOf(dir: string): Promise<string[]> {
  for (const deadline = performance.now() + 1000; performance.now() < deadline;) {
    if (processesOf(dir).length === 0) return []
    await sleep(20)
  }
  return processesOf(dir).map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
}

/** Waits until `isSo`, or until the run has ended; says whether it came to that. */
export async function until(run: ShellRun, isSo: () => boolean): Promise<boolean> {
  while (!run.hasEnded()) {
    if (isSo()) return true
    await sleep(2)
  }
  return false
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
