import { describe, expect, it } from 'vitest'
import { Delivery } from '../../src/pdata/delivery.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import { Logs } from '../../src/pdata/logs.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { podDeliveryConfig } from './config.ts'
import { recorded, recordLike } from './followed_for_tests.ts'
import { Follower } from './follower.ts'

const LATER_MS = Date.parse('2030-01-01T00:00:00Z')

/** A follower whose wall clock is far ahead of the recorded logs. */
function followerOf(): Follower {
  const wanted = () => ({ traces: true, logs: true })
  return new Follower(podDeliveryConfig.parse({ unfinished: 'emit' }), () => LATER_MS, wanted)
}

function take(follower: Follower, bodies: readonly string[]): void {
  const logs = new LogArray(bodies.map((body) => recordLike(body)))
  const group = { resource: new Resource({}), scope: { name: '', version: '' }, logs }
  follower.take(new Logs([group], new Delivery()), () => {})
}

describe('Follower', () => {
  it('follows a log that is read at once as it follows one that comes line by line', () => {
    const lines = recorded('preempted')
    const [atOnce, lineByLine] = [followerOf(), followerOf()]
    take(atOnce, lines)
    for (const line of lines) take(lineByLine, [line])
    const told = (follower: Follower) => {
      follower.end()
      const { spans, records } = follower.made()
      return { spans, records: records.map((record) => ({ ...record, observedNs: 0n })) }
    }
    expect(told(atOnce)).toEqual(told(lineByLine))
  })

  it('does not take its own time for that of the log before it has read of it', () => {
    const follower = followerOf()
    follower.advance()
    take(follower, recorded('unschedulable_cpu'))
    follower.end()
    const [root] = follower.made().spans.filter(({ span }) => span.name === 'pod create')
    expect(Number(root!.span.endNs - root!.span.startNs)).toBeLessThan(1e9)
  })

  it('tells of a pod that is gone only once, however late it is told of again', () => {
    const lines = recorded('delete_forced')
    const follower = followerOf()
    take(follower, lines)
    follower.clock.observe(LATER_MS)
    follower.advance()
    const deletions = () => follower.made().spans.filter(({ span }) => span.name === 'pod delete')
    expect(deletions()).toHaveLength(1)
    take(follower, lines)
    follower.end()
    expect(deletions()).toEqual([])
    expect(follower.tracker.ignored.get('gone')).toBeGreaterThan(0)
  })
})
