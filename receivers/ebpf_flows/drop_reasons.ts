/** What the enumerators of the kernel's `enum skb_drop_reason` begin with. */
const PREFIX = /^SKB_(?:DROP_REASON_)?/

/**
 * The names that the running kernel gives its reasons to drop packets, without their prefix:
 * `NETFILTER_DROP`. They differ by kernel, so its own types are asked. A number that it has no name
 * for, as those of modules, stays a number; kernels before 5.17 give no reason.
 */
export function dropReasons(
  values: Readonly<Record<string, number>> | undefined,
): (reason: number) => string {
  if (values === undefined) return () => 'unknown'
  const names = new Map(
    Object.entries(values).map(([name, value]) => [value, name.replace(PREFIX, '')]),
  )
  return (reason) => names.get(reason) ?? String(reason)
}

/**
 * The kernel's numbers for a reason that nobody gave, and for a queue that is emptied, which was no
 * reason of its own before Linux 6.6.
 */
export function reasonsOfNoDrops(values: Readonly<Record<string, number>> | undefined): {
  readonly no_reason: number
  readonly queue_purge: number
} {
  const no_reason = values?.['SKB_DROP_REASON_NOT_SPECIFIED'] ?? 0
  return { no_reason, queue_purge: values?.['SKB_DROP_REASON_QUEUE_PURGE'] ?? no_reason }
}
