import { spawn } from 'node:child_process'

/** Computes without pause; looks up now and then whether the one who started it still lives. */
const SPIN = `
while (process.ppid === Number(process.argv[1])) {
  const until = performance.now() + 50
  while (performance.now() < until) Math.sqrt(until)
}
`

/** A process that keeps one core busy. */
export interface BusyNeighbour extends AsyncDisposable {
  readonly pid: number | undefined
  /** Whether it has stopped by itself, which it should not. */
  hasEnded(): boolean
}

/** One on any core, until it is disposed of; it ends by itself when its parent is gone. */
export async function busyNeighbour(): Promise<BusyNeighbour> {
  const child = spawn(process.execPath, ['-e', SPIN, String(process.pid)], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('close', resolve))
  await new Promise((resolve, reject) => child.on('spawn', resolve).on('error', reject))
  return {
    pid: child.pid,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
