/**
 * What the kernel tells of the machine at one moment: pure data. Counters only ever grow, so two states give what
 * happened between them. null is what this machine does not tell.
 */
export interface MachineState {
  /** Of a clock that only goes forward, milliseconds. */
  readonly atMs: number
  readonly logicalCores: number
  /** Time that the cores worked for anyone, summed over cores, milliseconds. */
  readonly busyMs: number | null
  /** Time that a virtual machine's cores were ready while the host ran something else, summed over cores. */
  readonly stolenMs: number | null
  /** Time that the cores worked for this process and everything it started. */
  readonly ownMs: number | null
  /** Processes that this process may see and did not start. */
  readonly others: ReadonlyMap<string, ProcessTime>
  /** Time in which some task waited for a core (PSI), milliseconds. */
  readonly stalledMs: number | null
  /** Share of the last ten seconds in which some task waited for a core (PSI), percent. */
  readonly pressurePercent: number | null
  /** Average number of tasks that ran or wanted to over the last minute. */
  readonly loadAverage: number | null
  /** Tasks that run or want to right then, this one included. */
  readonly runnable: number | null
  /** Mean over the cores. */
  readonly clockMhz: number | null
  readonly governor: string | null
  /** Whether cores may go beyond their nominal clock. */
  readonly boost: boolean | null
  /** How often cores or the processor slowed down because they were hot. */
  readonly thermalThrottles: number | null
  /** Cores that control groups allow; null without a limit. */
  readonly quotaCores: number | null
  /** Time for which control groups held tasks back. */
  readonly throttledMs: number | null
  readonly swapUsedBytes: number | null
  /** Memory moved to swap and back. */
  readonly swappedBytes: number | null
  /** null: there is none, or it was not looked at. */
  readonly gpus: readonly GpuState[] | null
}

export interface ProcessTime {
  /** What the process calls itself, with anything but letters, digits and `_.+ -` replaced. */
  readonly name: string
  readonly busyMs: number
}

/** One NVIDIA GPU at one moment. */
export interface GpuState {
  readonly uuid: string
  readonly name: string
  readonly clockMhz: number | null
  readonly maxClockMhz: number | null
  readonly temperatureC: number | null
  readonly utilizationPercent: number | null
  /** Why it is slower than it could be: only reasons that disturb. */
  readonly slowedBy: readonly string[]
  /** Processes other than ours that compute on it; null where unknown. */
  readonly otherProcesses: number | null
}
