import { readFileSync } from 'node:fs'
import { BpfObject } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { objectPath } from '../../src/kernel/objects.ts'
import { FLOW_COUNTERS, FLOW_REPORT, FLOW_ROLE, REPORT_SIZE } from './record.ts'

it('struct flow_report has every field where FLOW_REPORT says, and no others', () => {
  using object = BpfObject.open(objectPath('flows'))
  const { size, members } = object.structLayout('flow_report')
  const fields = members.filter(
    ({ name }) => !['socket', 'counts', 'asked'].includes(name) && !/(^|\.)_pad/.test(name),
  )
  expect(Object.fromEntries(fields.map(({ name, offset }) => [name, offset]))).toEqual(FLOW_REPORT)
  expect(size).toBe(REPORT_SIZE)
})

/** The enumerators of an enum in the header, without prefix, in lower case, in their order. */
function enumerators(name: string, prefix: string): string[] {
  const header = readFileSync(new URL('../../bpf/flows/flows.h', import.meta.url), 'utf8')
  const body = new RegExp(`enum ${name} \\{(.*?)\\n\\};`, 's').exec(header)?.[1] ?? ''
  const items = body.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(\w+)\s*(?:=\s*\d+)?,/g)
  return [...items].map(([, item = '']) => item.replace(prefix, '').toLowerCase())
}

it('enum flow_counter has the names of the counters in their order, and an end', () => {
  expect(enumerators('flow_counter', 'FLOW_COUNT_')).toEqual([...FLOW_COUNTERS, 'max'])
})

it('enum flow_role has the values that TypeScript has', () => {
  expect(enumerators('flow_role', 'FLOW_')).toEqual([...Object.keys(FLOW_ROLE), 'undecided'])
})
