/** The candidate that `name` was most likely meant to be, or undefined when none is close. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const distance = likeness(name, candidate)
    if (distance < bestDistance && distance <= allowance(name, candidate)) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/**
 * `, did you mean "endpoint"?` for a close candidate, else the candidates when there are few, else
 * ''.
 */
export function suggestion(name: string, candidates: Iterable<string>, label = 'known'): string {
  const list = [...candidates]
  const close = nearest(name, list)
  if (close !== undefined) return `, did you mean ${JSON.stringify(close)}?`
  if (list.length === 0 || list.length > 15) return ''
  return ` (${label}: ${list.join(', ')})`
}

// A third of the letters may be wrong, at least one, never all of them.
function allowance(name: string, candidate: string): number {
  const longest = Math.max(name.length, candidate.length)
  return Math.min(Math.max(1, Math.floor(longest / 3)), longest - 1)
}

// Spellings that differ in case, `_` or `-` only are half a letter apart: `otlpgrpc` is
// `otlp_grpc`. A name cut short is one and a half away: `warning`, `warn`.
function likeness(name: string, candidate: string): number {
  if (name === candidate) return 0
  if (letters(name) === letters(candidate)) return 0.5
  if (Math.abs(name.length - candidate.length) > 8 || name.length > 64) return Infinity
  return Math.min(editDistance(name, candidate), cutShort(name, candidate) ? 1.5 : Infinity)
}

function cutShort(name: string, candidate: string): boolean {
  const [short, long] = name.length < candidate.length ? [name, candidate] : [candidate, name]
  return short.length > 2 && long.startsWith(short)
}

function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

/**
 * Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, changes, swaps of
 * neighbours.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
