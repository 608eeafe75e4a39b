import { expect, it } from 'vitest'
import { linearRegExp } from '../../../src/helpers/linear_regexp.ts'
import { seeded } from '../diagnosis/random_for_tests.ts'
import { PULL_DURATION, pullDuration } from './pull_duration.ts'

it('finds the same as the expression that it stands for', () => {
  const whole = linearRegExp(PULL_DURATION)
  const parts = [
    'in ',
    '1.2s',
    ' (',
    '3.4s',
    ' including waiting)',
    ' ',
    '\v',
    '\u00a0',
    '(',
    '😀',
    '\n',
  ]
  const random = seeded(3)
  for (let i = 0; i < 5_000; i++) {
    const text = Array.from({ length: random(9) }, () => parts[random(parts.length)]).join('')
    const [own, found] = [pullDuration.exec(text), whole.exec(text)]
    expect(own && [...own], text).toEqual(found && [...found])
  }
})
