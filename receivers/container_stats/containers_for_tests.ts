import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ContainerTable } from '../../src/helpers/container_table.ts'
import type { Scraped } from '../../src/helpers/scraper.ts'
import type { NumberPoint } from '../../src/pdata/metrics.ts'
import { containerStatsConfig } from './config.ts'
import { ContainerScraper } from './scraper.ts'
import type { ReadFile } from './stats.ts'

/** Ids of the containers in testdata, by their letter. */
export const ID = Object.fromEntries(
  ['a', 'b', 'c', 'd', 'e'].map((letter) => [letter, letter.repeat(64)]),
)

/** When the scrapes of a fixture happen: 1000 s after the boot of its machine. */
export const NOW_MS = 1_790_000_001_000

/** Network namespaces of the processes in testdata. */
const NAMESPACES = { 1: 1, 100: 2, 200: 3, 210: 3, 220: 3, 400: 1, 500: 4 }

/** A copy of testdata, in which files may be changed. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'containers-'))
  nowMs = NOW_MS

  constructor() {
    cpSync(join(import.meta.dirname, 'testdata'), this.folder, { recursive: true })
    for (const [pid, inode] of Object.entries(NAMESPACES)) {
      mkdirSync(this.proc(`${pid}/ns`), { recursive: true })
      symlinkSync(`net:[402653184${inode}]`, this.proc(`${pid}/ns/net`))
    }
  }

  proc(path: string): string {
    return join(this.folder, 'proc', path)
  }

  /** A scraper of one of the trees, `v2`, `v1` or `hybrid`, with these options. */
  scraper(tree: 'v2' | 'v1' | 'hybrid', options: object = {}, read?: ReadFile): ContainerScraper {
    return new ContainerScraper(containerStatsConfig.parse(options), '1.2.3', {
      proc: this.proc(''),
      mountinfo: () => this.#mounts(tree),
      now: () => this.nowMs,
      containers: new ContainerTable({ roots: [join(this.folder, 'root')] }),
      host: 'node-7',
      ...(read && { read }),
    })
  }

  #mounts(tree: 'v2' | 'v1' | 'hybrid'): string {
    const mount = (folder: string, type: string, options: string): string =>
      `30 23 0:28 / ${join(this.folder, folder)} rw - ${type} none rw${options}\n`
    if (tree === 'v2') return mount('v2', 'cgroup2', '')
    const v1 = ['cpu,cpuacct', 'memory', 'blkio', 'pids']
    const controllers = v1.map((name) => mount(`v1/${name}`, 'cgroup', `,${name}`)).join('')
    return tree === 'v1' ? controllers : controllers + mount('hybrid', 'cgroup2', '')
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Data points as text, `container.cpu.time{cpu.mode=user} 2`, by what their resource is. */
export function linesOf({ groups }: Pick<Scraped, 'groups'>): Record<string, string[]> {
  const lines: Record<string, string[]> = {}
  for (const { resource, metrics } of groups) {
    const { attributes } = resource
    const who = attributes['container.id'] ?? attributes['systemd.unit.name']
    const key = typeof who === 'string' ? who.slice(0, 12).replace(/^(.)\1+$/, '$1') : 'pod'
    lines[key] = metrics.flatMap(({ name, data }) =>
      (data.points as readonly NumberPoint[]).map(({ attributes: given, value }) => {
        const pairs = (Object.values(given) as string[]).join(',')
        return `${name}{${pairs}} ${value}`
      }),
    )
  }
  return lines
}
