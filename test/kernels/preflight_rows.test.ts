import { expect, it } from 'vitest'
import { preflightText } from '../../src/cli/preflight.ts'
import { preflightRows } from './preflight_rows.ts'

it('reads the features and answers that preflight prints, and no advice', () => {
  const neededBy = 'receiver/a'
  const text = preflightText([
    { name: 'BTF of the kernel', answer: 'supported', needed: true, neededBy, found: 'there' },
    { name: 'tcx', answer: 'not_supported', needed: false, neededBy, fallback: 'tc is used' },
    { name: 'ring buffer', answer: 'unknown', needed: true, neededBy, remedy: 'Run as root.' },
  ])
  expect(preflightRows(text)).toEqual([
    { feature: 'BTF of the kernel', answer: 'supported' },
    { feature: 'tcx', answer: 'not supported' },
    { feature: 'ring buffer', answer: 'could not tell' },
  ])
})

it('refuses what is no table', () => {
  expect(() => preflightRows('Segmentation fault\n')).toThrow(
    'preflight printed no table:\nSegmentation fault\n',
  )
})
