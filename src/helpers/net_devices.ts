/** What an interface counted in one direction. */
export interface NetCounts {
  readonly bytes: number
  readonly packets: number
  readonly errors: number
  readonly dropped: number
}

/** A network interface and what it counted. */
export interface NetDevice {
  readonly name: string
  readonly receive: NetCounts
  readonly transmit: NetCounts
}

/** Reads `/proc/PID/net/dev` (proc_pid_net(5)): the interfaces of a process's network namespace. */
export function netDevices(text: string): NetDevice[] {
  return text.split('\n').flatMap((line) => {
    const colon = line.lastIndexOf(':')
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number)
    if (colon < 0 || columns.length < 16) return []
    const name = line.slice(0, colon).trim()
    return [{ name, receive: countsAt(columns, 0), transmit: countsAt(columns, 8) }]
  })
}

function countsAt(columns: readonly number[], at: number): NetCounts {
  const [bytes = 0, packets = 0, errors = 0, dropped = 0] = columns.slice(at, at + 4)
  return { bytes, packets, errors, dropped }
}
