import * as core from '@actions/core'

import type { Log } from '../core/platform/log.js'
import { plainText } from '../core/report/escape.js'

/** The log of a step, in which no text of a stranger's can be a workflow command. Warnings are annotations. */
export const actionLog: Log = {
  debug: (text) => {
    core.debug(text)
  },
  info: (text) => {
    core.info(plainText(text, 2000))
  },
  warn: (text) => {
    core.warning(plainText(text, 2000))
  },
}
