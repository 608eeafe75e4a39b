import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the kit keeps what is costly to make again, outside the checkout. */
export function cacheRoot(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'waggle')
}
