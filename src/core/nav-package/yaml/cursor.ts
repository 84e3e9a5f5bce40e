import { NavigatorError } from '../../errors.js'

/** A place in a YAML text, and the steps over spaces, comments and line breaks that all parts of the grammar share. */
export class Cursor {
  readonly text: string
  at = 0
  line = 1
  #lineStart = 0

  constructor(text: string) {
    this.text = text
  }

  /** The character here or `ahead` of here, `''` at the end. */
  peek(ahead = 0): string {
    return this.text.charAt(this.at + ahead)
  }

  /** How many characters stand before this place on its line. */
  get column(): number {
    return this.at - this.#lineStart
  }

  isAtBreak(): boolean {
    return isBreak(this.peek())
  }

  /** At the end of a line or of the text, or before a comment. */
  isAtLineEnd(): boolean {
    return this.peek() === '' || this.peek() === '#' || this.isAtBreak()
  }

  /** At `---` or `...`, which end a document. */
  isAtMarker(): boolean {
    if (this.column !== 0) return false
    const isMark = this.text.startsWith('---', this.at) || this.text.startsWith('...', this.at)
    return isMark && isWhite(this.text.charAt(this.at + 3))
  }

  /** At `mark` with a space or the end of the line behind it. */
  isAtIndicator(mark: string): boolean {
    return this.peek() === mark && isWhite(this.peek(1))
  }

  /** The characters from `start` to here. */
  since(start: number): string {
    return this.text.slice(start, this.at)
  }

  skip(characters: string): void {
    while (this.peek() !== '' && characters.includes(this.peek())) this.at++
  }

  skipToLineEnd(): void {
    while (this.peek() !== '' && !this.isAtBreak()) this.at++
  }

  /** Steps over the line break here and gives it. */
  takeBreak(): string {
    const character = this.peek()
    this.at++
    this.line++
    this.#lineStart = this.at
    return character
  }

  /** Steps over spaces, comments and empty lines; says whether a line ended. */
  skipToContent(): boolean {
    const { line } = this
    for (;;) {
      this.skip(' ')
      if (this.peek() === '#') this.skipToLineEnd()
      if (!this.isAtBreak()) break
      this.takeBreak()
    }
    if (this.peek() === '\t') throw this.failure('a tab stands where YAML has spaces')
    return this.line > line
  }

  failure(problem: string, line = this.line): NavigatorError {
    return unreadable(problem, line)
  }
}

/** The error of a text that cannot be read, for one reason, in one line. */
export function unreadable(problem: string, line: number): NavigatorError {
  return new NavigatorError(
    'package-invalid',
    `status.yaml cannot be read: line ${String(line)}: ${problem}. Save the package again with nav.package.save.`,
  )
}

/** Other line breaks of YAML 1.1 are made `\n` before the text is read. */
export function isBreak(character: string): boolean {
  return character === '\n' || character === '\u2028' || character === '\u2029'
}

export function isWhite(character: string): boolean {
  return character === '' || character === ' ' || character === '\t' || isBreak(character)
}
