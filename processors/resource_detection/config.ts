import { z } from 'zod'
import { duration } from '../../src/config/index.ts'

/** What can be asked where the agent runs, in the order of the documentation. */
export const DETECTORS = [
  'env',
  'system',
  'host',
  'os',
  'process',
  'container',
  'ec2',
  'gcp',
  'azure',
  'eks',
  'gke',
  'aks',
] as const

/** One of the detectors. */
export type DetectorName = (typeof DETECTORS)[number]

/** Where the name of the host comes from, as the Collector calls it. */
const HOSTNAME_SOURCES = ['dns', 'os', 'cname', 'lookup'] as const
/** One of them. */
export type HostnameSource = (typeof HOSTNAME_SOURCES)[number]

const enabled = (value: boolean, what: string) =>
  z
    .strictObject({ enabled: z.boolean().default(value).describe('Whether it is told.') })
    .prefault({})
    .describe(what)

const system = z.strictObject({
  hostname_sources: z
    .array(z.enum(HOSTNAME_SOURCES))
    .min(1)
    .default(['dns', 'os'])
    .describe(
      'Where `host.name` comes from; the first that has one. `dns`: the full name of the host; `os`: what the kernel calls it; `cname`: its canonical name in DNS; `lookup`: the name of its address.',
    ),
  resource_attributes: z
    .strictObject({
      'host.name': enabled(true, 'The name of the host.'),
      'host.id': enabled(false, 'The machine id.'),
      'host.arch': enabled(false, 'The architecture of the processor.'),
      'host.ip': enabled(false, 'The addresses of the host.'),
      'host.mac': enabled(false, 'The hardware addresses of the host.'),
      'os.type': enabled(true, 'The operating system.'),
      'os.name': enabled(false, 'The name of the distribution.'),
      'os.version': enabled(false, 'The version of the distribution.'),
      'os.description': enabled(false, 'Distribution and kernel.'),
    })
    .prefault({})
    .describe('What `system` tells.'),
})

/** `processors.resource_detection`: the Collector's keys and defaults. Durations are milliseconds. */
export const resourceDetectionConfig = z.strictObject({
  detectors: z
    .array(z.enum(DETECTORS))
    .min(1)
    .default(['env'])
    .describe('What is asked. Where several tell the same attribute, the first one counts.'),
  timeout: duration({ min: '1ms' })
    .prefault('5s')
    .describe('How long a detection may take; a detector that fails is asked again until then.'),
  override: z
    .boolean()
    .default(true)
    .describe('Whether what is detected replaces what a resource says already.'),
  refresh_interval: duration()
    .prefault('0s')
    .describe('Time from one detection to the next. 0: there is only the first.'),
  system: system.prefault({}).describe('Options of the detector `system`.'),
})

/** `processors.resource_detection`, checked and with defaults. */
export type ResourceDetectionConfig = z.output<typeof resourceDetectionConfig>
