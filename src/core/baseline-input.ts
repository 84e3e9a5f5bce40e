import type { BaselineInput } from './request.js'

const FORMS = 'auto, none, the path of a package, artifact:NAME or release:TAG/ASSET'
const MAX_CHARACTERS = 1000

/** What `@actions/artifact` refuses in a name. */
const NOT_IN_ARTIFACT_NAMES = /["*:<>|?\\/]/

/** Reads the option `baseline`; a path stays as it is given. A problem is the end of a sentence that begins with the given text. */
export function parseBaseline(text: string): { readonly input: BaselineInput } | { readonly problem: string } {
  const given = text.trim()
  if (given === '') return { problem: `is empty; expected ${FORMS}` }
  if (given.length > MAX_CHARACTERS) return { problem: `is longer than ${MAX_CHARACTERS} characters` }
  if (/\p{Cc}/u.test(given)) return { problem: 'has control characters or more than one line' }
  if (given === 'auto' || given === 'none') return { input: { kind: given } }
  const [, scheme, rest = ''] = /^([A-Za-z]{2,}):(?![\\/]{2})(.*)$/.exec(given) ?? []
  switch (scheme) {
    case undefined:
      return { input: { kind: 'file', path: given } }
    case 'artifact':
      return parseArtifact(rest)
    case 'release':
      return parseRelease(rest)
    default:
      return { problem: `has an unknown kind, ${scheme}; expected ${FORMS} (a path with a colon begins with ./)` }
  }
}

function parseArtifact(name: string): ReturnType<typeof parseBaseline> {
  if (name === '')
    return { problem: 'has no name of an artifact; expected artifact:NAME, such as artifact:navpkg-demo.nav' }
  if (NOT_IN_ARTIFACT_NAMES.test(name))
    return { problem: 'has a character that no name of an artifact has: " * : < > | ? \\ /' }
  return { input: { kind: 'artifact', name } }
}

/** A tag may have slashes, the name of an asset none. */
function parseRelease(rest: string): ReturnType<typeof parseBaseline> {
  const at = rest.lastIndexOf('/')
  const [tag, asset] = [rest.slice(0, Math.max(at, 0)), rest.slice(at + 1)]
  if (tag !== '' && asset !== '') return { input: { kind: 'release', tag, asset } }
  return { problem: 'is not release:TAG/ASSET, such as release:v1.2/model.nav; TAG may be latest' }
}
