/** In UTF-8; about a quarter of the longest path that Linux opens, which leaves room for the workspace's own. */
const LONGEST_NAME_BYTES = 1024
/** The longest name of a file or folder that file systems take. */
const LONGEST_PART_BYTES = 255
/** SavedModels, the deepest that frameworks write, lie about six folders deep. */
const DEEPEST_NAME = 32
/** Names that are devices in every folder of Windows, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i

/**
 * Why entries of these names could not be unpacked side by side on every system: a name that leaves the folder, that
 * Windows or Linux does not take, or that means the same file as another. One line each, empty when all are well.
 */
export function entryNameProblems(names: readonly string[]): string[] {
  const own = names.flatMap((name) => problemsOf(name).map((problem) => `${shownName(name)}: ${problem}`))
  return [...own, ...clashes(names)]
}

/**
 * Which of `names` could not be unpacked beside entries of these other names: those that mean the same file or folder in
 * another spelling, and files that are folders of the others, or the other way round. The same name is no clash.
 */
export function clashingNames(names: Iterable<string>, others: Iterable<string>): string[] {
  const spellings = new Map<string, string>()
  for (const other of others) for (const place of placesOf(other)) spellings.set(fold(place), place)
  return [...names].filter((name) => placesOf(name).some((place) => (spellings.get(fold(place)) ?? place) !== place))
}

/** The folders that an entry lies in, and itself: `a/`, `a/b/` and `a/b/c`. */
function placesOf(name: string): string[] {
  return [...name.matchAll(/\/|$/g)].map(({ index }) => name.slice(0, index + 1)).filter((place) => place !== '')
}

/** A name as it may be shown: a stranger's names may be long and hold anything. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}

function problemsOf(name: string): string[] {
  const problems: string[] = []
  if (name === '' || Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    return [`its name is empty or longer than ${LONGEST_NAME_BYTES} bytes`]
  }
  if (name.includes('\\')) problems.push('its name holds a backslash')
  if (/\p{Cc}/u.test(name)) problems.push('its name holds a control character')
  if (/\p{Cs}/u.test(name)) problems.push('its name holds half a character')
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) problems.push('its name is absolute')
  else if (name.includes(':')) problems.push('its name holds a colon, which Windows takes for a drive or a stream')
  return [...problems, ...partProblems(name.replace(/\/$/, '').split('/'))]
}

function partProblems(parts: readonly string[]): string[] {
  const problems: string[] = []
  if (parts.length > DEEPEST_NAME) return [`it lies more than ${DEEPEST_NAME} folders deep`]
  if (parts.includes('..')) problems.push('its name climbs out of the package')
  if (parts.slice(parts[0] === '' ? 1 : 0).some((part) => part === '' || part === '.')) {
    problems.push('a part of its name is empty or a dot')
  }
  if (parts.some((part) => /[. ]$/.test(part) && part !== '.' && part !== '..')) {
    problems.push('a part of its name ends in a dot or a space, which Windows leaves out')
  }
  if (parts.some((part) => DEVICE.test(part))) problems.push('a part of its name is a device on Windows')
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_PART_BYTES)) {
    problems.push(`a part of its name is longer than ${LONGEST_PART_BYTES} bytes`)
  }
  return problems
}

interface Place {
  readonly name: string
  /** The name as systems compare that ignore case and Unicode form, without the `/` of a folder. */
  readonly folded: string
}

/**
 * Names that are one file where case or Unicode form is ignored, and files that are folders of others. Sorted by folder,
 * what clashes stands side by side; a tree of all folders would let a hostile archive take much memory.
 */
function clashes(names: readonly string[]): string[] {
  const places = names.map((name): Place => ({ name, folded: fold(name) }))
  const inOrder = places.sort((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0))
  return inOrder.flatMap((place, index) => {
    const before = inOrder[index - 1]
    const problem = before === undefined ? null : clashOf(before, place)
    return problem === null ? [] : [`${shownName(place.name)}: ${problem}`]
  })
}

function clashOf(before: Place, place: Place): string | null {
  const other = shownName(before.name)
  if (place.name === before.name) return 'it is there twice'
  if (place.folded === before.folded) {
    const isSame = place.name.replace(/\/$/, '') === before.name.replace(/\/$/, '')
    return isSame ? `it is a file and, as ${other}, a folder` : `it is the same file as ${other} on some systems`
  }
  if (place.folded.startsWith(before.folded + SEPARATOR) && !before.name.endsWith('/')) {
    return `it lies in ${other}, which is a file`
  }
  return hasFolderSpelledApart(before, place) ? `it lies in a folder that ${other} spells in another way` : null
}

function hasFolderSpelledApart(before: Place, place: Place): boolean {
  const [others, own] = [before.name.split('/').slice(0, -1), place.name.split('/').slice(0, -1)]
  const [othersFolded, ownFolded] = [before.folded.split(SEPARATOR), place.folded.split(SEPARATOR)]
  for (let depth = 0; depth < Math.min(others.length, own.length); depth++) {
    if (othersFolded[depth] !== ownFolded[depth]) return false
    if (others[depth] !== own[depth]) return true
  }
  return false
}

/** Sorts before every character of a name, so that all that lies in a folder follows it directly. */
const SEPARATOR = '\0'

function fold(name: string): string {
  // Capitals first: it makes one of `ß` and `ss`, and of the long and the short `s`, as case-insensitive systems do.
  return name
    .replace(/\/$/, '')
    .normalize('NFD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC')
    .replaceAll('/', SEPARATOR)
}
