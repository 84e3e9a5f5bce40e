import { z } from 'zod'

/** What a record says of how quiet the machine was. */

const count = z.number().int().nonnegative()

/** How the machine behaved while one batch size was measured; null is what it did not tell. */
export const noise = z.object({
  /** Share of the time in which the thread of the model that waited longest was ready but had no core. */
  runQueueShare: z.number().nullable(),
  cpuPressurePercent: z.number().nullable(),
  /** How often the kernel took a core away from the process that measured. */
  involuntarySwitches: count.nullable().default(null),
  /** Requests that took unusually long, by what made them; they are in every figure above. null: too few to tell. */
  outliers: z
    .object({
      count: count,
      share: z.number().min(0).max(1),
      causes: z.object({
        runQueue: count,
        gc: count,
        clock: count,
        throttle: count,
        unknown: count,
      }),
    })
    .nullable()
    .default(null),
  /** Requests from stretches in which no thread of the model waited for a core; null: too few, or not known. */
  quiet: z
    .object({ share: z.number().min(0).max(1), p50Ms: z.number().positive() })
    .nullable()
    .default(null),
})

const megahertz = z.number().positive().nullable()
/** What the kernel told of the machine at one moment; null is what it did not tell. */
const machineState = z.object({
  loadAverage: z.number().nonnegative().nullable(),
  runnable: count.nullable(),
  pressurePercent: z.number().nonnegative().nullable(),
  clockMhz: megahertz,
  governor: z.string().nullable(),
  boost: z.boolean().nullable(),
  quotaCores: z.number().positive().nullable(),
  swapUsedBytes: z.number().nonnegative().nullable(),
  gpus: z
    .array(
      z.object({
        uuid: z.string(),
        name: z.string(),
        clockMhz: z.number().nonnegative().nullable(),
        maxClockMhz: z.number().nonnegative().nullable(),
        temperatureC: z.number().nullable(),
        utilizationPercent: z.number().nonnegative().nullable(),
        slowedBy: z.array(z.string()),
        otherProcesses: count.nullable(),
      }),
    )
    .nullable(),
})

/** How the machine was before and while something was measured on it. */
export const environment = z.object({
  before: machineState,
  after: machineState,
  during: z.array(
    z.object({
      /** Since the run began. */
      startMs: z.number().nonnegative(),
      durationMs: z.number().nonnegative(),
      /** Cores' worth that processes which are not ours used, and that neighbours of a virtual machine took. */
      othersCores: z.number().nonnegative().nullable(),
      stolenCores: z.number().nonnegative().nullable(),
      /** Share of the time in which some task waited for a core, ours included. */
      stalledShare: z.number().min(0).max(1).nullable(),
      /** Time for which control groups held tasks back. */
      throttledMs: z.number().nonnegative().nullable(),
      thermalThrottles: count.nullable(),
      swappedBytes: z.number().nonnegative().nullable(),
      clockMhz: megahertz,
    }),
  ),
  /** What disturbed, one sentence each, the worst first. */
  warnings: z.array(z.string()),
})
