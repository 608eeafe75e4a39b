import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { ebpfSockets } from './index.ts'

lifecycleTest(ebpfSockets)

/** What is wrong with the options of a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `receivers:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([ebpfSockets])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  const own = problems.filter(({ path }) => path.startsWith('receivers'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('follows everything but its own connections, every ten seconds, unless told otherwise', () => {
  expect(ebpfSockets.config.parse({})).toEqual({
    select: [],
    exclude: [],
    default_exclude: { own_traffic: true },
    collection_interval: 10_000,
    nat: true,
    ring_buffer_mib: 8,
  })
})

it('is printed as it was written', () => {
  const written = { select: [{ unit: '*.service', port: 80 }], collection_interval: '1m' }
  const { config } = ebpfSockets
  expect(z.encode(config, config.parse(written))).toMatchObject(written)
})

it('says what is wrong with options', () => {
  expect(problemsOf('bad_options.yaml')).toMatchInlineSnapshot(`
    [
      "bad_options.yaml:3:26: receivers.ebpf_sockets.collection_interval: expected a duration of at least 100ms, received "10ms"",
      "bad_options.yaml:4:22: receivers.ebpf_sockets.ring_buffer_mib: expected 1, 2, 4, 8, 16, 32 or 64, received 12",
      "bad_options.yaml:5:5: receivers.ebpf_sockets: unknown key "intervall" (known: select, exclude, default_exclude, collection_interval, nat, ring_buffer_mib)",
    ]
  `)
})
