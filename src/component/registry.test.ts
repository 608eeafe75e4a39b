import { expect, it } from 'vitest'
import { z } from 'zod'
import { components } from '../components.ts'
import { defineExtension } from './component.ts'
import { ComponentRegistry } from './registry.ts'

const extension = (type: string, aliases: readonly string[] = []) =>
  defineExtension({
    type,
    aliases,
    summary: 'A fake.',
    stability: 'development',
    config: z.strictObject({}),
    create: () => ({}),
  })

it('finds a component by its type and by its older names', () => {
  const health = extension('health_check', ['healthcheck'])
  const registry = new ComponentRegistry([extension('zpages'), health])
  expect(registry.lookup('extension', 'healthcheck')).toEqual({
    type: 'health_check',
    schema: health.config,
    aliases: ['healthcheck'],
    summary: 'A fake.',
  })
  expect(registry.factory('extension', 'health_check')).toBe(health)
  expect(registry.types('extension')).toEqual(['zpages', 'health_check'])
})

it('finds nothing under another role or name', () => {
  const registry = new ComponentRegistry([extension('health_check')])
  expect(registry.lookup('extension', 'toString')).toBeUndefined()
  expect(registry.lookup('receiver', 'health_check')).toBeUndefined()
  expect(registry.types('receiver')).toEqual([])
  expect(() => registry.factory('receiver', 'health_check')).toThrow(
    'no receiver is called health_check',
  )
})

it('refuses two components of one name', () => {
  expect(() => new ComponentRegistry([extension('a'), extension('b', ['a'])])).toThrow(
    'two components are called extension a',
  )
})

it('takes all components that are built in, and their list is sorted', () => {
  const registry = new ComponentRegistry(components)
  const places = components.map(({ role, type }) => `${role}s/${type}`)
  expect(places).toEqual(places.toSorted())
  for (const { role, type } of components) expect(registry.lookup(role, type)?.type).toBe(type)
})
