import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineExtension } from '../component/component.ts'
import type { Factory } from '../component/component.ts'
import { ComponentRegistry } from '../component/registry.ts'
import type { Requirement } from '../component/requirement.ts'
import { allNeededIsThere, preflightText, requirementsOfAll } from './preflight.ts'

function needing(
  type: string,
  preflight: () => readonly Requirement[],
  config: z.ZodType = z.object({}),
): Factory {
  const facts = { type, summary: 'A fake.', stability: 'development', config } as const
  return defineExtension({ ...facts, preflight, create: () => ({}) })
}

const btf: Requirement = { name: 'BTF', answer: 'supported', needed: true }

it('names all that need the same thing in one row', () => {
  const registry = new ComponentRegistry([needing('a', () => [btf]), needing('b', () => [btf])])
  expect(requirementsOfAll(registry)).toEqual([{ ...btf, neededBy: 'extension/a, extension/b' }])
})

it('asks no component that has to be configured first', () => {
  const strict = z.strictObject({ endpoint: z.string() })
  const registry = new ComponentRegistry([needing('a', () => [btf], strict)])
  expect(requirementsOfAll(registry)).toEqual([])
})

it('asks this machine alone for what all components need', () => {
  const api: Requirement = { ...btf, name: 'Kubernetes API', ofCluster: true }
  const registry = new ComponentRegistry([needing('a', () => [api, btf])])
  expect(requirementsOfAll(registry)).toEqual([{ ...btf, neededBy: 'extension/a' }])
})

it('shows what went wrong when a component cannot tell what it needs', () => {
  const registry = new ComponentRegistry([
    needing('a', () => {
      throw new Error('open /sys', { cause: new Error('EACCES') })
    }),
  ])
  expect(preflightText(requirementsOfAll(registry))).toBe(
    `FEATURE    ANSWER          NEEDED BY    FOUND
preflight  could not tell  extension/a  open /sys: EACCES
`,
  )
})

it('is content when only what is optional is missing', () => {
  const tcx: Requirement = {
    name: 'tcx',
    answer: 'not_supported',
    needed: false,
    fallback: 'tc is used',
  }
  expect(allNeededIsThere([btf, tcx])).toBe(true)
  expect(allNeededIsThere([btf, { ...tcx, needed: true }])).toBe(false)
  expect(preflightText([{ ...tcx, neededBy: 'receiver/flow' }])).toBe(
    `FEATURE  ANSWER         NEEDED BY                 FOUND
tcx      not supported  receiver/flow (optional)
    instead: tc is used
`,
  )
})

it('says so when nothing is needed', () => {
  expect(preflightText([])).toBe('Nothing is needed of this machine.\n')
})
