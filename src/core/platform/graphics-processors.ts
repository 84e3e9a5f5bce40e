import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { GPU_QUERY, parseGpus, PROCESS_QUERY } from '../machine/gpu-query.js'
import type { GpuState } from '../machine/machine-state.js'
import { listProcesses } from './processor-time.js'

/** A driver that has to wake a GPU takes a second or two; one that hangs must not hold a run up. */
const ANSWERS_WITHIN_MS = 5000
const LONGEST_ANSWER_BYTES = 2 ** 20

const run = promisify(execFile)

/**
 * The NVIDIA GPUs of this machine as nvidia-smi tells; null where there is none, or it does not answer in time. Its own
 * processes are those whose ids `isOwn` knows.
 */
export async function readGpus(
  signal: AbortSignal,
  isOwn: (pid: number) => boolean = (pid) => pid === process.pid,
  program = 'nvidia-smi',
): Promise<GpuState[] | null> {
  const ask = async (query: string): Promise<string | null> => {
    const options = {
      timeout: ANSWERS_WITHIN_MS,
      maxBuffer: LONGEST_ANSWER_BYTES,
      signal,
      killSignal: 'SIGKILL',
    } as const
    return run(program, [query, '--format=csv,noheader,nounits'], options).then(
      ({ stdout }) => stdout,
      () => null,
    )
  }
  const gpus = await ask(`--query-gpu=${GPU_QUERY}`)
  if (gpus === null) return null
  const processes = await ask(`--query-compute-apps=${PROCESS_QUERY}`)
  const own = new Set(listProcesses().filter(isOwn))
  const found = parseGpus(gpus, processes, own)
  return found.length === 0 ? null : found
}
