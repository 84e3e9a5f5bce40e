import type { Attack } from './attack.js'
import { contentAttacks } from './content-attacks.js'
import { nameAttacks } from './name-attacks.js'
import { statusAttacks } from './status-attacks.js'
import { zipAttacks } from './zip-attacks.js'

export const attacks: readonly Attack[] = [...zipAttacks, ...nameAttacks, ...statusAttacks, ...contentAttacks]
