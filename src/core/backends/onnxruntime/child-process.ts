import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'

import { NavigatorError } from '../../errors.js'
import type { Log } from '../../platform/log.js'
import { neutralise } from '../../platform/neutralise.js'
import { countOomKills } from '../../platform/control-groups.js'
import { OutputLines } from '../../platform/output-lines.js'
import { BackendFailure } from '../backend.js'
import { type WorkerCommand, workerMessage } from './protocol.js'

/** The variables a worker may see. No inputs of the action, no tokens, no command files. */
const ALLOWED_VARIABLES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP', 'LD_LIBRARY_PATH', 'SystemRoot']
/** ONNX Runtime reports to its makers, unless it sees that it is in CI, which the few variables above do not tell it. */
const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' }
/**
 * Outputs come in memory of their own, which Python's ONNX Runtime keeps from request to request. Given back to the kernel
 * and fetched again, half a megabyte of it costs a request 0.1 ms; so the C library (glibc's mallopt) keeps some.
 */
const KEPT_MEMORY = { MALLOC_MMAP_THRESHOLD_: String(32 * 2 ** 20), MALLOC_TRIM_THRESHOLD_: String(256 * 2 ** 20) }
const TAIL_LENGTH = 4000
const MEMORY_POLL_MS = 50

export interface ChildOptions {
  readonly workerPath: string
  readonly bindingPath: string
  readonly memoryBytes: number
  readonly log: Log
  readonly signal: AbortSignal
}

interface Pending {
  readonly id: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly onProgress: (windowMs: number | null) => void
}

/**
 * One worker process with its watch: memory, time, abort and death each end the pending command with an error that
 * says which it was. After that the process is gone and every further command fails the same way.
 */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #options: ChildOptions
  readonly #poll: NodeJS.Timeout
  readonly #exited: Promise<void>
  readonly #oomKillsBefore = countOomKills()
  #timer: NodeJS.Timeout | undefined
  #pending: Pending | null = null
  #nextId = 1
  #tail = ''
  #death: Error | null = null

  constructor(options: ChildOptions) {
    this.#options = options
    this.#child = spawn(process.execPath, [options.workerPath, options.bindingPath, String(process.pid)], {
      env: workerEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    this.#listen(this.#child.stdout)
    this.#listen(this.#child.stderr)
    this.#child.on('message', (message) => {
      this.#receive(message)
    })
    this.#exited = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#die(
          new NavigatorError('worker-failed', `The worker process could not be started: ${error.message}`, {
            cause: error,
          }),
        )
        resolve()
      })
      this.#child.on('close', (code, signal) => {
        this.#die(this.#crash(code, signal))
        resolve()
      })
    })
    this.#poll = setInterval(() => {
      this.#watchMemory()
    }, MEMORY_POLL_MS)
    this.#poll.unref()
    options.signal.addEventListener('abort', this.#abort, { once: true })
    if (options.signal.aborted) this.#abort()
  }

  /**
   * Sends one command and waits for its answer. `timeoutMs(windowMs)` is asked again at every sign of life: how long
   * the next one may take.
   */
  async request(
    command: WorkerCommand,
    timeoutMs: (windowMs: number | null) => number,
    onWindow: (windowMs: number) => void = () => undefined,
  ): Promise<unknown> {
    if (this.#death !== null) throw this.#death
    const id = this.#nextId++
    this.#watchTime(timeoutMs(null))
    const answered = new Promise<unknown>((resolve, reject) => {
      const onProgress = (windowMs: number | null): void => {
        this.#watchTime(timeoutMs(windowMs))
        if (windowMs !== null) onWindow(windowMs)
      }
      this.#pending = { id, resolve, reject, onProgress }
      this.#child.send({ ...command, id }, (error) => {
        if (error !== null) this.#options.log.debug(`worker: ${error.message}`)
      })
    })
    return answered.finally(() => {
      clearTimeout(this.#timer)
      this.#pending = null
    })
  }

  /** The high-water mark of resident memory in bytes; null where /proc is missing or the process is gone. */
  peakMemoryBytes(): number | null {
    return memoryField(this.#child.pid, 'VmHWM')
  }

  async close(): Promise<void> {
    this.#death ??= new NavigatorError('worker-failed', 'The worker process was closed.')
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  readonly #abort = (): void => {
    this.#kill(new NavigatorError('interrupted', 'The run was interrupted.'))
  }

  #kill(reason: Error): void {
    this.#die(reason)
    this.#child.kill('SIGKILL')
  }

  #die(reason: Error): void {
    this.#death ??= reason
    clearInterval(this.#poll)
    clearTimeout(this.#timer)
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#pending?.reject(this.#death)
    this.#pending = null
  }

  #listen(stream: Readable | null): void {
    const lines = new OutputLines((line) => {
      const safe = neutralise(line)
      this.#tail = `${this.#tail}${safe}\n`.slice(-TAIL_LENGTH)
      this.#options.log.debug(`worker: ${safe}`)
    })
    stream?.on('data', (chunk: Buffer) => {
      lines.add(chunk)
    })
    stream?.on('end', () => {
      lines.end()
    })
  }

  /** Why it ended when nothing of ours ended it. */
  #crash(code: number | null, signal: string | null): BackendFailure {
    const oomKills = countOomKills()
    if (signal === 'SIGKILL' && oomKills !== null && oomKills > (this.#oomKillsBefore ?? oomKills)) {
      return new BackendFailure('out-of-memory', 'the kernel killed the process because memory ran out', this.#tail)
    }
    const how = signal === null ? `exited with code ${code ?? '?'}` : `was ended by ${signal}`
    return new BackendFailure('crashed', `the process ${how}`, this.#tail)
  }

  #receive(message: unknown): void {
    const parsed = workerMessage.safeParse(message)
    if (!parsed.success) {
      this.#kill(
        new BackendFailure(
          'crashed',
          'the worker process answered nonsense; its memory was probably damaged',
          this.#tail,
        ),
      )
      return
    }
    const said = parsed.data
    if (said.kind === 'ready' || said.id !== this.#pending?.id) return
    switch (said.kind) {
      case 'progress':
        this.#pending.onProgress(said.windowMs)
        return
      case 'answer':
        this.#pending.resolve(said.value)
        return
      case 'failure':
        this.#pending.reject(new BackendFailure(said.failureClass, shorten(neutralise(said.message)), this.#tail))
    }
  }

  #watchTime(timeoutMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#kill(new BackendFailure('timeout', `no answer within ${(timeoutMs / 1000).toFixed(0)} s`, this.#tail))
    }, timeoutMs)
  }

  #watchMemory(): void {
    const resident = memoryField(this.#child.pid, 'VmRSS')
    if (resident === null || resident <= this.#options.memoryBytes) return
    const [used, limit] = [resident, this.#options.memoryBytes].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`)
    this.#kill(
      new BackendFailure('out-of-memory', `used ${used} of memory, more than the limit of ${limit}`, this.#tail),
    )
  }
}

function workerEnvironment(): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(ALLOWED_VARIABLES.flatMap((name) => entryOf(name))), ...NO_TELEMETRY, ...KEPT_MEMORY }
}

function entryOf(name: string): [string, string][] {
  const value = process.env[name]
  return value === undefined ? [] : [[name, value]]
}

function memoryField(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number | null {
  if (pid === undefined || process.platform !== 'linux') return null
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return found?.[1] === undefined ? null : Number(found[1]) * 1024
  } catch {
    return null
  }
}

function shorten(message: string): string {
  return message.length > 600 ? `${message.slice(0, 600)}…` : message
}
