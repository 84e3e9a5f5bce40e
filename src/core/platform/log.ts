/** Where the engine's messages for people go. Shells decide how they look; none of these throws. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}
