import type { Attack } from './attack.js'
import { contentAttacks } from './content-attacks.js'
import { headerAttacks } from './header-attacks.js'
import { nameAttacks } from './name-attacks.js'
import { statusAttacks } from './status-attacks.js'
import { zipAttacks } from './zip-attacks.js'

export const attacks: readonly Attack[] = [
  ...zipAttacks,
  ...headerAttacks,
  ...nameAttacks,
  ...statusAttacks,
  ...contentAttacks,
]
