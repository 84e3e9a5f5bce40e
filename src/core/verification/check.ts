/** One thing that was looked at, and what was found: a sentence about `subject`. */
export interface Check {
  /** `warning` is odd and does no harm, `note` is usual but worth knowing; only `failed` fails a package. */
  readonly status: 'ok' | 'failed' | 'warning' | 'note'
  /** What was looked at: an entry's name, a model's key or a folder of samples, as the package spells it. */
  readonly subject: string
  readonly detail: string
}

export const ok = (subject: string, detail: string): Check => ({ status: 'ok', subject, detail })
export const failed = (subject: string, detail: string): Check => ({ status: 'failed', subject, detail })
export const warning = (subject: string, detail: string): Check => ({ status: 'warning', subject, detail })
export const note = (subject: string, detail: string): Check => ({ status: 'note', subject, detail })
