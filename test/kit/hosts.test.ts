import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { endAll } from './cleanup.ts'
import { cleansUp, isRoot, kernelHas } from './fixtures.ts'
import { removeLeftovers, twoHosts } from './hosts.ts'
import { freePort, run } from './processes.ts'
import { startNodeServer } from './servers.ts'

cleansUp()

describe.skipIf(!isRoot() || !kernelHas('netns'))('twoHosts', () => {
  it('joins two hosts over IPv4 and IPv6, each with its own loopback', async () => {
    const [one, two] = await twoHosts()
    const server = await startNodeServer({ host: '::', port: 8080, netns: two.netns })
    const get = (url: string, host = one) => host.run('curl', ['--silent', '--fail', url])
    expect((await get(`http://${two.ipv4}:8080/length/3`)).stdout).toHaveLength(3)
    expect((await get(`http://[${two.ipv6}]:8080/length/3`)).stdout).toHaveLength(3)
    expect((await get('http://127.0.0.1:8080/length/3', two)).stdout).toHaveLength(3)
    await expect(get('http://127.0.0.1:8080/')).rejects.toThrow('failed (exit code 7)')
    await server.stop()
  })

  it('is gone when the test has ended', async () => {
    const [{ netns }] = await twoHosts()
    expect(existsSync(`/run/netns/${netns}`)).toBe(true)
    await endAll()
    expect(existsSync(`/run/netns/${netns}`)).toBe(false)
  })

  it('removes what a killed run left, and nothing of a live one', async () => {
    const dead = `waggle-${process.pid}-1-1-1`
    await run('ip', ['netns', 'add', dead])
    const [{ netns }] = await twoHosts()
    await removeLeftovers()
    expect(existsSync(`/run/netns/${dead}`)).toBe(false)
    expect(existsSync(`/run/netns/${netns}`)).toBe(true)
  })
})

it('finds a port that nothing listens on', async () => {
  const port = await freePort()
  await expect(run('curl', [`http://127.0.0.1:${port}/`])).rejects.toThrow('exit code 7')
})
