import { expect, it } from 'vitest'
import { ownerName } from './owner_name.ts'

it.each([
  ['exporter_otlp_grpc_eu-1_traces', 'exporter_otlp_grpc_eu-1_traces'],
  ['exporter_otlp_a/b_logs', 'exporter_otlp_a~002Fb_logs'],
  ['a~b', 'a~007Eb'],
  ['../up', '..~002Fup'],
  ['naïve 🐝', 'na~00EFve~0020~1F41D'],
])('makes a file name of %s', (owner, name) => {
  expect(ownerName(owner)).toBe(name)
})

it('cuts what is longer than a file name may be, and keeps it different', () => {
  const [one, other] = ['x'.repeat(300) + '1', 'x'.repeat(300) + '2'].map(ownerName)
  expect(one).not.toBe(other)
  expect([one?.length, one?.slice(0, 3)]).toEqual([200, 'xxx'])
})
