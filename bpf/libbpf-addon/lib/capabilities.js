import { readFileSync } from 'node:fs'

const sysAdmin = 21
const needed = [
  ['CAP_BPF', 39],
  ['CAP_PERFMON', 38],
  ['CAP_NET_ADMIN', 12],
]

/** Which of the capabilities that BPF asks for this thread lacks. CAP_SYS_ADMIN stands for all. */
export function missingCapabilities() {
  const effective = effectiveCapabilities()
  const has = (bit) => ((effective >> BigInt(bit)) & 1n) === 1n
  if (has(sysAdmin)) return []
  return needed.filter(([, bit]) => !has(bit)).map(([name]) => name)
}

function effectiveCapabilities() {
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  return BigInt(`0x${status.match(/^CapEff:\s*([0-9a-f]+)$/m)?.[1] ?? 0}`)
}
