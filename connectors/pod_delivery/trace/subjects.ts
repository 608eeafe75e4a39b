import type { DeliveryEvent, PodFacts } from '../../../src/helpers/delivery/model.ts'
import type { StageConfig } from './stage_config.ts'

const IMAGE = /(?:image|Image|pulling image:?) "([^"]+)"/
const VOLUME = /volume "([^"]+)"|unmounted volumes=\[([^\] ]+)/
const CONDITION = /^condition:(.+):(?:true|false)$/
const FINALIZER = /^finalizer:(?:add|delete):(.+)$/

/** Which container, image, volume, gate or finalizer an event is about; empty where it is about the pod. */
export function subjectOf({ per }: StageConfig, event: DeliveryEvent, facts: PodFacts): string {
  switch (per) {
    case undefined:
      return ''
    case 'container':
      return event.container
    case 'image':
      return imageOf(event, facts)
    case 'volume':
      return volumeOf(event)
    case 'gate':
      return gateOf(event, facts)
    case 'finalizer':
      return FINALIZER.exec(event.name)?.[1] ?? ''
  }
}

/** The subjects that a stage has by the pod's spec, whatever happened. */
export function subjectsBySpec({ per }: StageConfig, facts: PodFacts): readonly string[] {
  if (per === 'gate') return facts.readinessGates
  return per === 'container' ? facts.containers.map(({ name }) => name) : []
}

/** True where a stage is there for such a subject. A container that no spec is known of is a main one. */
export function isSubject(
  { per, roles, having }: StageConfig,
  subject: string,
  facts: PodFacts,
): boolean {
  if (per !== 'container') return true
  const container = facts.containers.find(({ name }) => name === subject)
  if (roles && !roles.includes(container?.role ?? 'main')) return false
  if (having === undefined) return true
  if (having === 'post_start') return container?.hasPostStart === true
  return container?.probes.includes(having) === true
}

function imageOf({ source, message, container }: DeliveryEvent, facts: PodFacts): string {
  const told = source === 'event' ? IMAGE.exec(message)?.[1] : undefined
  return told ?? facts.containers.find(({ name }) => name === container)?.image ?? ''
}

function volumeOf({ source, message }: DeliveryEvent): string {
  if (source !== 'event') return ''
  const [, named, unmounted] = VOLUME.exec(message) ?? []
  return named ?? unmounted ?? ''
}

function gateOf({ name }: DeliveryEvent, { readinessGates }: PodFacts): string {
  const type = CONDITION.exec(name)?.[1] ?? ''
  return readinessGates.includes(type) ? type : ''
}
