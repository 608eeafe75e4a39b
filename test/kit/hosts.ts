import { readdirSync } from 'node:fs'
import { atEnd } from './cleanup.ts'
import { isRunning, startTimeOf } from './proc.ts'
import { run, start, type Program, type RunResult, type StartOptions } from './processes.ts'
import { needProgram } from './programs.ts'
import { startPython } from './servers.ts'

/** A network namespace that stands for a host. */
export interface Host {
  /** The name of the namespace, for the `netns` option of everything that starts a program. */
  netns: string
  ipv4: string
  ipv6: string
  /** Runs a program on the host to its end. */
  run: (command: string, args: readonly string[], options?: StartOptions) => Promise<RunResult>
  /** Starts a program on the host. */
  start: (command: string, args: readonly string[], options?: StartOptions) => Promise<Program>
}

const namesFolder = '/run/netns'
let made = 0

/** What a bad cable does to TCP over IPv4, as shares of its frames from 0 to 1. */
export interface Faults {
  drop?: number
  reorder?: number
  duplicate?: number
  /** Milliseconds that each frame takes at least. */
  delayMs?: number
  /** Which frames it strikes follows from it. */
  seed?: number
}

/** Makes two hosts joined by a cable, each with an IPv4 and an IPv6 address; needs root. */
export async function twoHosts(): Promise<[Host, Host]> {
  const hosts = await twoNamespaces()
  const [one, two] = hosts
  const peer = ['peer', 'name', 'eth0', 'netns', two.netns]
  await ip('link', 'add', 'eth0', 'netns', one.netns, 'type', 'veth', ...peer)
  for (const host of hosts) await bringUp(host)
  return hosts
}

/** The same over a bridge in a third namespace, each by a cable of its own. */
export async function twoHostsOverBridge(): Promise<[Host, Host]> {
  const hosts = await twoNamespaces()
  const bridge = hostNamed(made, 3)
  await addNamespace(bridge)
  await ip('-n', bridge.netns, 'link', 'add', 'br0', 'type', 'bridge')
  await ip('-n', bridge.netns, 'link', 'set', 'br0', 'up')
  for (const [i, { netns }] of hosts.entries()) {
    const port = `port${i}`
    const peer = ['peer', 'name', 'eth0', 'netns', netns]
    await ip('link', 'add', port, 'netns', bridge.netns, 'type', 'veth', ...peer)
    await ip('-n', bridge.netns, 'link', 'set', port, 'master', 'br0', 'up')
  }
  for (const host of hosts) await bringUp(host)
  return hosts
}

/** Two hosts and the router between them, which forwards and has an address on either side. */
export interface Routed {
  readonly hosts: [Host, Host]
  readonly router: Host
  /** The router's addresses on the second host's side. */
  readonly far: Pick<Host, 'ipv4' | 'ipv6'>
}

/** The same over a router in a third namespace: the second host is in a network of its own. */
export async function twoHostsOverRouter(): Promise<Routed> {
  const [one, two] = await twoNamespaces()
  const router = hostNamed(made, 3)
  await addNamespace(router)
  const second = { ...two, ipv4: '10.204.0.2', ipv6: 'fd00:204::2' }
  const far = { ipv4: '10.204.0.3', ipv6: 'fd00:204::3' }
  const sides = [
    [one, 'eth0', router],
    [second, 'eth1', far],
  ] as const
  for (const [host, name, near] of sides) {
    const peer = ['peer', 'name', 'eth0', 'netns', host.netns]
    await ip('link', 'add', name, 'netns', router.netns, 'type', 'veth', ...peer)
    await bringUp(host)
    await bringUp({ ...router, ...near, netns: router.netns }, name)
    await ip('-n', host.netns, 'route', 'add', 'default', 'via', near.ipv4)
    await ip('-n', host.netns, 'route', 'add', 'default', 'via', near.ipv6)
  }
  const forward = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']
  await router.run(needProgram('sysctl'), ['-qw', ...forward])
  return { hosts: [one, second], router, far }
}

/** The same with a cable that does harm; its program says at its end what it did. */
export async function twoHostsFarApart({
  drop = 0,
  reorder = 0,
  duplicate = 0,
  delayMs = 0,
  seed = 1,
}: Faults): Promise<{ hosts: [Host, Host]; cable: Program }> {
  const hosts = await twoNamespaces()
  const names = hosts.map(({ netns }) => netns)
  const shares = [drop, reorder, duplicate, seed, delayMs].map(String)
  const cable = await startPython('relay.py', [...names, ...shares])
  await cable.waitForOutput(/ready/)
  for (const host of hosts) await bringUp(host)
  return { hosts, cable }
}

/** Makes one host that is joined to nothing. */
export async function loneHost(): Promise<Host> {
  await removeLeftovers()
  const host = hostNamed((made += 1), 1)
  await addNamespace(host)
  await ip('-n', host.netns, 'link', 'set', 'lo', 'up')
  return host
}

/**
 * Makes one host behind a TUN device whose other end is a program: `programs/packet_peer.py` plays
 * stories there, from and to the address `peer`.
 */
export async function hostOfPeer(
  stories: object[],
): Promise<Host & { peer: string; cable: Program }> {
  await removeLeftovers()
  const host = hostNamed((made += 1), 1)
  await addNamespace(host)
  const peer = hostNamed(made, 2).ipv4
  const options = { netns: host.netns, input: JSON.stringify(stories) }
  const cable = await startPython('packet_peer.py', ['eth0', peer, host.ipv4], options)
  await cable.waitForOutput(/ready/)
  await bringUp(host)
  return { ...host, peer, cable }
}

async function twoNamespaces(): Promise<[Host, Host]> {
  await removeLeftovers()
  const pair = (made += 1)
  const hosts: [Host, Host] = [hostNamed(pair, 1), hostNamed(pair, 2)]
  for (const host of hosts) await addNamespace(host)
  return hosts
}

// Name and addresses: the namespaces have no way out, so every pair may use the same addresses.
function hostNamed(pair: number, number: 1 | 2 | 3): Host {
  const netns = `${namePrefix(process.pid, startTimeOf(process.pid)!)}${pair}-${number}`
  return {
    netns,
    ipv4: `10.203.0.${number}`,
    ipv6: `fd00:203::${number}`,
    run: (command, args, options) => run(command, args, { ...options, netns }),
    start: (command, args, options) => start(command, args, { ...options, netns }),
  }
}

function namePrefix(pid: number, startTime: string): string {
  return `waggle-${pid}-${startTime}-`
}

async function addNamespace({ netns }: Host): Promise<void> {
  await ip('netns', 'add', netns)
  atEnd(`network namespace ${netns}`, () => ip('netns', 'delete', netns))
}

async function bringUp({ netns, ipv4, ipv6 }: Host, device = 'eth0'): Promise<void> {
  await ip('-n', netns, 'address', 'add', `${ipv4}/24`, 'dev', device)
  // Without duplicate address detection the address can be used at once.
  await ip('-n', netns, 'address', 'add', `${ipv6}/64`, 'dev', device, 'nodad')
  await ip('-n', netns, 'link', 'set', 'lo', 'up')
  await ip('-n', netns, 'link', 'set', device, 'up')
}

async function ip(...args: string[]): Promise<void> {
  await run(needProgram('ip'), args)
}

/** Removes the namespaces of earlier runs that were killed; those of live processes stay. */
export async function removeLeftovers(): Promise<void> {
  for (const netns of namespaces()) {
    const [, pid, startTime] = netns.match(/^waggle-(\d+)-(\d+)-/) ?? []
    if (!pid || isRunning(Number(pid), startTime!)) continue
    // Another run may have been quicker.
    await ip('netns', 'delete', netns).catch((cause: unknown) => {
      if (namespaces().includes(netns)) throw cause
    })
  }
}

function namespaces(): string[] {
  try {
    return readdirSync(namesFolder)
  } catch {
    return []
  }
}
