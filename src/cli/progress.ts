import ora from 'ora'
import pc from 'picocolors'

import type { ProgressEvent, Stage } from '../core/environment.js'
import { plainText } from '../core/report/escape.js'
import { formatMs, formatThroughput } from '../core/report/format.js'

/** Shows progress on stderr: a live line in a terminal, plain lines elsewhere. */
export interface ProgressDisplay {
  show(event: ProgressEvent): void
  /** Ends the live line, so that something else can be printed. */
  stop(): void
}

const STAGE_TEXT: Readonly<Record<Stage, string>> = {
  read: 'Reading the model',
  reference: 'Running the model as given, to know what to expect',
  screen: 'Measuring candidates',
  settle: 'Measuring the finalists against each other',
  confirm: 'Confirming the speed-up in fresh processes',
  save: 'Saving the package',
}

export function createProgressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  // Some terminals say that they have no columns at all; ora would clear lines without end there.
  const isLive = stream.isTTY && stream.columns > 0 && process.env['CI'] === undefined
  // ora would put the terminal into raw mode, in which Ctrl-C is a letter and ends nothing.
  const spinner = ora({ stream, isEnabled: isLive, isSilent: !isLive, discardStdin: false })
  const line = (text: string): void => {
    spinner.stop()
    stream.write(`${text}\n`)
    if (isLive) spinner.start()
  }
  return {
    show(event) {
      switch (event.kind) {
        case 'stage':
          if (isLive) spinner.start(STAGE_TEXT[event.stage])
          else line(STAGE_TEXT[event.stage])
          return
        case 'planned':
          line(`Plan: ${event.candidates.length} candidates`)
          return
        case 'candidate-started':
          spinner.text = `${event.index + 1}/${event.total} ${plainText(event.candidate.id)}`
          return
        case 'batch-measured':
          spinner.text = `${plainText(event.candidate.id)} · batch ${event.batchSize ?? 'none'} · ${formatThroughput(event.throughputPerSecond)}`
          return
        case 'candidate-finished':
          line(`${outcomeLine(event)} ${pc.dim(`(${event.index + 1} of ${event.total})`)}`)
          return
        case 'settling':
          spinner.text = `${STAGE_TEXT.settle} · generation ${event.generation} of ${event.generations}`
      }
    },
    stop: () => {
      spinner.stop()
    },
  }
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
