import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JudgedDelivery } from '../../../src/helpers/delivery/model.ts'
import { Delivery as Fate } from '../../../src/pdata/delivery.ts'
import { LogArray } from '../../../src/pdata/log_array.ts'
import { Logs } from '../../../src/pdata/logs.ts'
import { Resource } from '../../../src/pdata/resource.ts'
import { podDeliveryConfig } from '../config.ts'
import { recorded, recordLike } from '../followed_for_tests.ts'
import { Follower } from '../follower.ts'
import { FollowedDeliveries } from '../source.ts'

const resource = new Resource({})
const scope = { name: '', version: '' }
const folder = join(import.meta.dirname, '../../../test/kubernetes/recorded')

/** The versions of Kubernetes of which there are recorded audit logs. */
export const versions = ['v1.30.14', 'v1.36.3'] as const

/** The scenarios that were recorded of a version. */
export function scenariosOf(version: string): string[] {
  return readdirSync(join(folder, version)).map((file) => file.replace('.jsonl', ''))
}

/** What is known of the pods of a recorded audit log at its end, the newest delivery first. */
export function judgedAtEndOf(version: string, scenario: string): readonly JudgedDelivery[] {
  const lines = recorded(scenario, version)
  const last = (JSON.parse(lines.at(-1)!) as { stageTimestamp: string }).stageTimestamp
  const follower = new Follower(
    podDeliveryConfig.parse({}),
    () => Date.parse(last),
    () => ({ traces: false, logs: false }),
  )
  const logs = new LogArray(lines.map((line) => recordLike(line)))
  follower.take(new Logs([{ resource, scope, logs }], new Fate()), () => {
    throw new Error(`${scenario}: a line was not understood`)
  })
  return new FollowedDeliveries(follower).find({
    order: 'newest',
    failed: false,
    visible: () => true,
    limit: 100,
  })
}
