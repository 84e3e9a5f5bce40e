import type { GpuState } from './machine-state.js'

/**
 * What nvidia-smi is asked (`nvidia-smi --help-query-gpu`). The reasons have had a second name since driver 535; the
 * first one goes on being understood, and is the only one older drivers know.
 */
export const GPU_QUERY = [
  'uuid',
  'name',
  'clocks.current.sm',
  'clocks.max.sm',
  'temperature.gpu',
  'utilization.gpu',
  'clocks_throttle_reasons.active',
].join(',')
export const PROCESS_QUERY = 'gpu_uuid,pid'

/**
 * NVML's bits for why clocks are lowered (`nvmlClocksThrottleReasons` of its API reference). An idle GPU, clocks that
 * the user set and those of a display are no disturbance.
 */
const SLOWING: readonly (readonly [bit: number, reason: string])[] = [
  [0x04, 'power limit'],
  [0x08, 'hardware slowdown'],
  [0x10, 'clocks kept in step with other GPUs'],
  [0x20, 'temperature'],
  [0x40, 'temperature'],
  [0x80, 'power supply'],
]

/** Far more than any machine has; a longer answer is none of nvidia-smi's. */
const MOST_GPUS = 64

/**
 * GPUs from the answers of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` and `--query-compute-apps=…` (null:
 * not known). Values that this GPU or driver does not tell are `[N/A]` and the like; lines of another form are left out.
 */
export function parseGpus(gpus: string, processes: string | null, ownPids: ReadonlySet<number>): GpuState[] {
  const users = processes === null ? null : fieldsOf(processes)
  return fieldsOf(gpus)
    .slice(0, MOST_GPUS)
    .flatMap((fields) => {
      const [uuid = '', name = '', clock, maxClock, temperature, utilization, reasons] = fields
      if (fields.length !== 7 || !/^(GPU|MIG)-/.test(uuid)) return []
      const others = users?.filter(([gpu, pid]) => gpu === uuid && !ownPids.has(Number(pid)))
      return [
        {
          uuid,
          name,
          clockMhz: numberIn(clock),
          maxClockMhz: numberIn(maxClock),
          temperatureC: numberIn(temperature),
          utilizationPercent: numberIn(utilization),
          slowedBy: slowingReasons(reasons),
          otherProcesses: others?.length ?? null,
        },
      ]
    })
}

function fieldsOf(csv: string): string[][] {
  const lines = csv.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => line.split(',').map((field) => field.trim()))
}

function numberIn(field: string | undefined): number | null {
  return field !== undefined && /^\d+(\.\d+)?$/.test(field) ? Number(field) : null
}

function slowingReasons(field: string | undefined): string[] {
  if (field === undefined || !/^0x[0-9a-f]{1,16}$/i.test(field)) return []
  // The reasons that are known lie in the low bits, which a number holds exactly.
  const bits = Number.parseInt(field.slice(-8).replace(/^0?x/i, ''), 16)
  return [...new Set(SLOWING.flatMap(([bit, reason]) => ((bits & bit) === 0 ? [] : [reason])))]
}
