import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { cpuConfig } from './cpu.ts'
import { diskConfig } from './disk.ts'
import { filesystemConfig } from './filesystem.ts'
import { loadConfig } from './load.ts'
import { memoryConfig } from './memory.ts'
import { networkConfig } from './network.ts'
import { pagingConfig } from './paging.ts'
import { processesConfig } from './processes.ts'

const scrapers = z
  .strictObject({
    cpu: cpuConfig.optional().describe('Time of each logical CPU by state.'),
    load: loadConfig.optional().describe('Average load.'),
    memory: memoryConfig.optional().describe('Memory by use.'),
    disk: diskConfig.optional().describe('Reads and writes of disks.'),
    filesystem: filesystemConfig.optional().describe('Room in filesystems.'),
    network: networkConfig.optional().describe('Interfaces and TCP sockets.'),
    paging: pagingConfig.optional().describe('Swap space and page faults.'),
    processes: processesConfig.optional().describe('How many processes there are.'),
  })
  .refine((all) => Object.values(all).some((one) => one !== undefined), {
    error: 'expected at least one scraper, such as "cpu:"',
    when: ({ issues }) => issues.length === 0,
  })
  .describe('What is scraped; at least one.')

/** Configuration of `host_metrics`. */
export const hostMetricsConfig = z.strictObject({
  collection_interval: duration({ min: '100ms' })
    .prefault('1m')
    .describe('Time from one scrape to the next.'),
  initial_delay: duration().prefault('1s').describe('Time until the first scrape.'),
  root_path: z
    .string()
    .default('')
    .describe("Where the host's root filesystem is mounted, `/hostfs`; empty where it is `/`."),
  scrapers,
})

/** Configuration of `host_metrics`, parsed. */
export type HostMetricsConfig = z.output<typeof hostMetricsConfig>
