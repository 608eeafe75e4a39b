import { expect, it } from 'vitest'
import { listenOptions } from './listen_options.ts'

it('is every address of the machine where no host is named', async () => {
  expect(await listenOptions({ host: '', port: 1 })).toEqual({ port: 1 })
  expect(await listenOptions({ host: '', port: 1 }, 4)).toEqual({ host: '0.0.0.0', port: 1 })
  expect(await listenOptions({ host: '', port: 1 }, 6)).toEqual({
    host: '::',
    ipv6Only: true,
    port: 1,
  })
})

it('is the address of IPv4 of a name that has both', async () => {
  expect(await listenOptions({ host: 'localhost', port: 2 })).toEqual({
    host: '127.0.0.1',
    port: 2,
  })
})

it('is an address as it stands', async () => {
  expect(await listenOptions({ host: '::1', port: 3 })).toEqual({ host: '::1', port: 3 })
})
