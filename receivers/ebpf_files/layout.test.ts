import { readFileSync } from 'node:fs'
import { BpfObject } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { objectPath } from '../../src/kernel/objects.ts'
import {
  BOUNDS,
  FILE_COUNTERS,
  FILE_KEY,
  FILE_TOTALS,
  KEY_SIZE,
  OPERATIONS,
  PATH_SIZE,
  TOTALS_SIZE,
} from './record.ts'

it.each([
  ['file_key', FILE_KEY, KEY_SIZE],
  ['file_totals', FILE_TOTALS, TOTALS_SIZE],
])('struct %s has every field where TypeScript says, and no others', (name, fields, bytes) => {
  using object = BpfObject.open(objectPath('files'))
  const { size, members } = object.structLayout(name)
  expect(Object.fromEntries(members.map(({ name, offset }) => [name, offset]))).toEqual(fields)
  expect(size).toBe(bytes)
})

it('the object has room for as many bounds and as long paths as TypeScript has', () => {
  using object = BpfObject.open(objectPath('files'))
  const bounds = object.constants.find(({ name }) => name === 'bounds_ns')
  expect(bounds?.size).toBe(BOUNDS.length * 8)
  expect(object.maps.find(({ name }) => name === 'paths')?.valueSize).toBe(PATH_SIZE)
})

it('the enums of bpf/files/files.h have the names that TypeScript has, in their order', () => {
  const header = readFileSync(new URL('../../bpf/files/files.h', import.meta.url), 'utf8')
  const enumerators = (name: string, prefix: string): string[] => {
    const body = new RegExp(`enum ${name} \\{(.*?)\\n\\};`, 's').exec(header)?.[1] ?? ''
    const items = body.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(\w+)\s*(?:=\s*\d+)?,/g)
    return [...items].map(([, item = '']) => item.replace(prefix, '').toLowerCase())
  }
  expect(enumerators('file_operation', 'FILE_')).toEqual([...OPERATIONS, 'max'])
  expect(enumerators('file_counter', 'COUNT_')).toEqual([...FILE_COUNTERS, 'max'])
})
