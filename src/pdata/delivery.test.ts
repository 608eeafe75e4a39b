import { describe, expect, it } from 'vitest'
import { ACCEPTED, Delivery, type Outcome } from './delivery.ts'

const full: Outcome = { kind: 'refused', reason: 'queue_full', afterMs: 100 }
const late: Outcome = { kind: 'refused', reason: 'too_late' }
const bad: Outcome = { kind: 'rejected', reason: 'too_large' }

/** A delivery and what it was told. */
function delivery(holders = 1): { one: Delivery; told: Outcome[] } {
  const told: Outcome[] = []
  const one = new Delivery((outcome) => void told.push(outcome))
  one.hold(holders - 1)
  return { one, told }
}

describe('a delivery', () => {
  it('tells its outcome once, when its only holder settles', () => {
    const { one, told } = delivery()
    expect(one.settled).toBe(false)
    one.settle(full)
    expect(one.settled).toBe(true)
    expect(told).toEqual([full])
  })

  it('waits for all its holders', () => {
    const { one, told } = delivery(3)
    one.settle(ACCEPTED)
    one.settle(ACCEPTED)
    expect([one.settled, told]).toEqual([false, []])
    one.settle(ACCEPTED)
    expect([one.settled, told]).toEqual([true, [ACCEPTED]])
  })

  it('may get more holders while it has one', () => {
    const { one, told } = delivery(2)
    one.settle(ACCEPTED)
    one.hold(1)
    one.settle(ACCEPTED)
    expect(told).toEqual([])
    one.settle(ACCEPTED)
    expect(told).toEqual([ACCEPTED])
  })

  it.each([
    [[ACCEPTED, full], full],
    [[full, ACCEPTED], full],
    [[full, bad], bad],
    [[bad, full], bad],
    [[ACCEPTED, bad, full, ACCEPTED], bad],
    [[full, late], full],
    [[late, full], late],
  ] as const)('tells the worst outcome, the first of equals: %j', (outcomes, worst) => {
    const { one, told } = delivery(outcomes.length)
    for (const outcome of outcomes) one.settle(outcome)
    expect(told).toEqual([worst])
  })

  it('tells of the most items that were not taken with the others', () => {
    const { one, told } = delivery(3)
    const part = (items: number): Outcome => ({
      kind: 'accepted',
      partial: { items, message: 'too old' },
    })
    for (const outcome of [part(1), part(3), ACCEPTED]) one.settle(outcome)
    expect(told).toEqual([part(3)])
  })

  it('does not tell of them to several whose batches were joined', () => {
    const parts = [delivery(), delivery()]
    const partial = { items: 1, message: 'too old' }
    Delivery.join(parts.map(({ one }) => one)).settle({ kind: 'accepted', partial })
    expect(parts.map(({ told }) => told)).toEqual([[ACCEPTED], [ACCEPTED]])
  })

  it('throws when it is settled more often than it has holders, and tells nothing more', () => {
    const { one, told } = delivery()
    one.settle(ACCEPTED)
    expect(() => one.settle(bad)).toThrow(new Error('settle a delivery that is settled'))
    expect(told).toEqual([ACCEPTED])
  })

  it('throws when it is held after it was settled', () => {
    const { one } = delivery()
    one.settle(ACCEPTED)
    expect(() => one.hold(1)).toThrow(new Error('hold a delivery that is settled'))
  })

  it('needs nobody to tell', () => {
    const one = new Delivery()
    one.settle(bad)
    expect(one.settled).toBe(true)
  })
})

describe('a delivery that joins others', () => {
  it.each([ACCEPTED, full, bad])('settles each of them with its own outcome: %j', (outcome) => {
    const parts = [delivery(), delivery(2)]
    const joined = Delivery.join(parts.map(({ one }) => one))
    expect(parts.map(({ one }) => one.settled)).toEqual([false, false])
    joined.settle(outcome)
    expect(parts.map(({ told }) => told)).toEqual([[outcome], []])
    parts[1]!.one.settle(ACCEPTED)
    expect(parts[1]!.told).toEqual([outcome])
  })

  it('may have holders of its own', () => {
    const part = delivery()
    const joined = Delivery.join([part.one])
    joined.hold(1)
    joined.settle(ACCEPTED)
    expect(part.one.settled).toBe(false)
    joined.settle(full)
    expect(part.told).toEqual([full])
  })

  it('may be of none', () => {
    const joined = Delivery.join([])
    joined.settle(ACCEPTED)
    expect(joined.settled).toBe(true)
  })
})
