import type { ReadFile } from './stats.ts'
import type { Target } from './walk.ts'

/**
 * The process of a container with the lowest number, which as a rule is its first; 0 where it has none
 * or they are in a process namespace that cannot be seen from here.
 */
export function firstProcess({ inside }: Target, read: ReadFile): number {
  for (const folder of inside) {
    const pid = lowestIn(read(`${folder}/cgroup.procs`) ?? '')
    if (pid !== 0) return pid
  }
  return 0
}

function lowestIn(text: string): number {
  let lowest = 0
  for (const line of text.split('\n')) {
    const pid = Number(line)
    if (pid > 0 && (lowest === 0 || pid < lowest)) lowest = pid
  }
  return lowest
}
