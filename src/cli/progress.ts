import ora, { type Ora } from 'ora'
import pc from 'picocolors'

import { type ProgressEvent, STAGE_TEXT } from '../core/environment.js'
import { plainText } from '../core/report/escape.js'
import { formatDuration, formatMs, formatRatio, formatThroughput } from '../core/report/format.js'
import { counted } from '../core/report/headline.js'

/** Shows progress on stderr: a live line in a terminal, plain lines elsewhere. */
export interface ProgressDisplay {
  show(event: ProgressEvent): void
  /** Prints a line of its own, above the live line. */
  print(text: string): void
  /** Ends the live line, so that something else can be printed. */
  stop(): void
}

export function createProgressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  // Some terminals say that they have no columns at all; ora would clear lines without end there.
  const isLive = stream.isTTY && stream.columns > 0 && process.env['CI'] === undefined
  const spinner = createSpinner(stream, isLive)
  let running = false
  /** The candidate at work, which the reference may be measured for first. */
  let candidate = ''
  /** What the live line begins with. */
  let subject = ''
  const print = (text: string): void => {
    spinner.stop()
    stream.write(`${text}\n`)
    if (isLive && running) spinner.start()
  }
  const live = (detail: string): void => {
    spinner.text = detail === '' ? subject : `${subject} · ${detail}`
  }
  return {
    print,
    show(event) {
      switch (event.kind) {
        case 'stage':
          running = true
          subject = STAGE_TEXT[event.stage]
          live('')
          if (isLive) spinner.start()
          else print(subject)
          return
        case 'planned':
          print(`Plan: ${counted(event.candidates.length, 'candidate')}`)
          return
        case 'candidate-started':
          subject = candidate = `${event.index + 1} of ${event.total} ${plainText(event.candidate.id)}`
          live('')
          return
        case 'batch-measured':
          subject = candidate
          live(`batch ${event.batchSize ?? 'none'} · ${formatThroughput(event.throughputPerSecond)}`)
          return
        case 'candidate-finished':
          print(`${outcomeLine(event)} ${pc.dim(`(${event.index + 1} of ${event.total})`)}`)
          return
        case 'compared':
          live(comparedText(event))
          return
        case 'sample-measured':
        case 'streams-measured':
          subject = plainText(event.name)
          live(profiledText(event))
          return
        case 'row-profiled':
          print(`${MARK[event.status]} ${plainText(event.name)}: ${plainText(event.text)}`)
          return
        case 'settling':
          live(`generation ${event.generation} of ${event.generations}`)
      }
    },
    stop: () => {
      running = false
      spinner.stop()
    },
  }
}

function createSpinner(stream: NodeJS.WriteStream, isLive: boolean): Ora {
  const startedAt = performance.now()
  const elapsed = (): string => pc.dim(elapsedText(performance.now() - startedAt))
  // ora would put the terminal into raw mode, in which Ctrl-C is a letter and ends nothing.
  return ora({ stream, isEnabled: isLive, isSilent: !isLive, discardStdin: false, suffixText: elapsed })
}

function comparedText({ generation, most, ratio }: Extract<ProgressEvent, { kind: 'compared' }>): string {
  const of = most === null ? '' : ` of at most ${most}`
  return `generation ${generation}${of} · head ${formatRatio(ratio)} the time of base so far`
}

function profiledText(event: Extract<ProgressEvent, { kind: 'sample-measured' | 'streams-measured' }>): string {
  const batch = `batch ${event.batchSize ?? 'none'}`
  if (event.kind === 'streams-measured') return `${batch} · ${counted(event.streams, 'stream')}`
  return `${batch} · sample ${event.sample + 1} of ${event.samples} · ${formatMs(event.p50Ms)}`
}

const MARK = { OK: pc.green('✓'), FAIL: pc.red('✗'), SKIPPED: pc.dim('–') } as const

/** Whole seconds: a live line that changes more often flickers. */
function elapsedText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000)
}

function outcomeLine({ outcome }: Extract<ProgressEvent, { kind: 'candidate-finished' }>): string {
  const name = plainText(outcome.candidate.id)
  switch (outcome.status) {
    case 'measured': {
      const [first] = outcome.measurements
      const best = Math.max(...outcome.measurements.map((measurement) => measurement.throughputPerSecond))
      const latency = first === undefined ? '' : formatMs((first.latencyMs.p50 ?? first.latencyMs.mean).value)
      return `${pc.green('✓')} ${name}: ${latency}, ${formatThroughput(best)} at best`
    }
    case 'failed':
      return `${pc.red('✗')} ${name}: ${outcome.failureClass}, ${plainText(outcome.reason)}`
    case 'skipped':
      return `${pc.dim('–')} ${name}: skipped, ${plainText(outcome.reason)}`
  }
}
