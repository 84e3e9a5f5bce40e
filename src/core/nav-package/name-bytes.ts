/** General purpose bit 11: the name is UTF-8 (APPNOTE 4.4.4). */
const IS_UTF8 = 0x0800

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What code page 437 has at 0x80 and up; below, it is ASCII, control characters included (Python's `cp437` codec). */
const UPPER_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

/**
 * An entry's name as Python's zipfile reads it: UTF-8 when the flag says so, else code page 437. null when it is not the
 * UTF-8 that it says it is.
 */
export function decodeName(bytes: Uint8Array, flags: number): string | null {
  if ((flags & IS_UTF8) === 0) {
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : UPPER_437[byte - 0x80])).join('')
  }
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
