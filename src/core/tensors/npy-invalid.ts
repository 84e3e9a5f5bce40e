import { NavigatorError } from '../errors.js'

/** Why one array cannot be read or written, as the error with the code `npy-invalid`. */
export function npyInvalid(why: string): NavigatorError {
  return new NavigatorError('npy-invalid', `The array cannot be read: ${why}.`)
}
