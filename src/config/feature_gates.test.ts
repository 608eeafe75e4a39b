import { describe, expect, it } from 'vitest'
import { FeatureGateError, FeatureGates, featureGates, gatesOf } from './feature_gates.ts'
import type { FeatureGate, GateStage } from './feature_gates.ts'

const gate = (id: string, stage: GateStage): FeatureGate => {
  return { id, stage, description: 'A gate.', since: '0.1.0' }
}
const some = [gate('a.alpha', 'alpha'), gate('b.beta', 'beta'), gate('c.stable', 'stable')]

function states(gates: FeatureGates): Record<string, boolean> {
  return Object.fromEntries(gates.all().map(({ id }) => [id, gates.isEnabled(id)]))
}

describe('feature gates', () => {
  it('are off while alpha, on from beta on, and off again once deprecated', () => {
    expect(states(new FeatureGates([...some, gate('d.old', 'deprecated')]))).toEqual({
      'a.alpha': false,
      'b.beta': true,
      'c.stable': true,
      'd.old': false,
    })
  })

  it('take a list: on, with a plus on, with a minus off; the last word counts', () => {
    const gates = new FeatureGates(some)
    gates.apply('a.alpha, -b.beta')
    expect(states(gates)).toMatchObject({ 'a.alpha': true, 'b.beta': false })
    gates.apply('+b.beta,-a.alpha')
    expect(states(gates)).toMatchObject({ 'a.alpha': false, 'b.beta': true })
    gates.apply('c.stable')
    expect(states(gates)).toMatchObject({ 'c.stable': true })
  })

  it.each([
    ['a.alhpa', 'unknown feature gate "a.alhpa", did you mean "a.alpha"?'],
    ['x', 'unknown feature gate "x" (valid values: a.alpha, b.beta, c.stable, d.old)'],
    ['-c.stable', '"c.stable" is stable, it cannot be switched off'],
    ['d.old', '"d.old" is deprecated, it cannot be switched on'],
    ['a.alpha,', 'a gate has no name in "a.alpha,"'],
  ])('refuse %s', (list, message) => {
    const gates = new FeatureGates([...some, gate('d.old', 'deprecated')])
    expect(() => gates.apply(list)).toThrow(new FeatureGateError(message))
  })

  it('are chosen by all values of --feature-gates', () => {
    const id = 'confmap.enableMergeAppendOption'
    expect(gatesOf([]).isEnabled(id)).toBe(false)
    expect(gatesOf([id]).isEnabled(id)).toBe(true)
    expect(gatesOf([id, `-${id}`]).isEnabled(id)).toBe(false)
  })

  it('say in a sentence what they do', () => {
    const mute = featureGates.filter(({ description }) => !/^[A-Z].*\.$/.test(description))
    expect(mute).toEqual([])
  })
})
