import type { Host } from './hosts.ts'

/** The kernel's own counts of a host, by name: `TcpRetransSegs`. */
export async function nstat(host: Pick<Host, 'run'>): Promise<Record<string, number>> {
  const { stdout } = await host.run('nstat', ['-asz'])
  const rows = stdout.matchAll(/^(\w+)\s+(\d+)/gm)
  return Object.fromEntries([...rows].map(([, name, count]) => [name, Number(count)]))
}
