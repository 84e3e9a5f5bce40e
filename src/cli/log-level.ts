import { Option as Flag } from 'commander'

const LOG_LEVELS = ['debug', 'info', 'warn'] as const

/** The flag that every command has. */
export function logLevelFlag(): Flag {
  return new Flag('--log-level <LEVEL>', 'How much to say on standard error.').choices(LOG_LEVELS).default('info')
}
