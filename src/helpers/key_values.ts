/**
 * Reads lines of a name and a number, `nr_periods 7` or `MemTotal:  16384 kB`, as cgroup and /proc
 * files have them; names without their colon. A text that is no number is left out.
 */
export function keyValues(text: string): Map<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, number] = /^([^\s:]+):?\s+(\d+)/.exec(line) ?? []
    if (name !== undefined) values.set(name, Number(number))
  }
  return values
}
