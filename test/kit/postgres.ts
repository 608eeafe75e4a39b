import { join } from 'node:path'
import { unpack } from './debian.ts'
import { freePort, run, start } from './processes.ts'
import type { Server } from './servers.ts'
import { tempDir } from './temp_dir.ts'

/** Where Debian's package has the programs of this version, below its root. */
const PROGRAMS = 'usr/lib/postgresql/15/bin'

/** Its superuser, who needs no password, and the name of the database that is there. */
export const POSTGRES_USER = 'waggle'

// It refuses to run as root, and its package lies where only root may look.
const AS_NOBODY_SPECIAL = ['--user', '--map-user=1000']

/** Starts PostgreSQL from its Debian package with an empty cluster, at a free port of 127.0.0.1. */
export async function startPostgres(): Promise<Server> {
  const { root, env } = await unpack('postgresql-15')
  const command = (name: string, ...args: readonly string[]): string[] => [
    ...AS_NOBODY_SPECIAL,
    join(root, PROGRAMS, name),
    ...args,
  ]
  const data = join(tempDir('postgres'), 'data')
  const quick = ['--no-sync', '--no-instructions', '--auth=trust', '--encoding=UTF8']
  await run('unshare', command('initdb', '-D', data, '-U', POSTGRES_USER, ...quick), { env })
  const port = await freePort()
  const options = ['-h', '127.0.0.1', '-p', String(port), '-k', '', '-c', 'fsync=off']
  const program = await start('unshare', command('postgres', '-D', data, ...options), { env })
  await program.waitForOutput(/ready to accept connections/)
  return { port, pid: program.pid, program, stop: async () => void (await program.stop()) }
}
