import { expect, it } from 'vitest'
import { StatusBoard } from './status_board.ts'

it('counts how often a component has told of an error since it last worked', () => {
  let now = 1_000
  const board = new StatusBoard(() => now)
  const entry = board.entry('exporter', 'otlp_grpc')
  board.add(entry)
  entry.enter('starting')
  entry.started()
  const told = (): unknown => board.all().map(({ failures, sinceMs }) => [failures, sinceMs])
  expect(told()).toEqual([[0, 1_000]])
  now = 2_000
  entry.recoverable('away')
  now = 3_000
  entry.recoverable('still away')
  expect(told()).toEqual([[2, 2_000]])
  entry.ok()
  expect(told()).toEqual([[0, 3_000]])
  entry.permanent('gone')
  expect(told()).toEqual([[1, 3_000]])
})
