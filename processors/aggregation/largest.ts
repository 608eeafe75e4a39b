/**
 * 1 for each of the `count` largest of the first `length` numbers, 0 for the others. Of those that are
 * as large as the smallest that is taken, the first are.
 */
export function largest(numbers: Float64Array, length: number, count: number): Uint8Array {
  const chosen = new Uint8Array(length)
  if (count >= length) return chosen.fill(1)
  if (count === 0) return chosen
  const sorted = numbers.slice(0, length).sort()
  const least = sorted[length - count] as number
  let free = count
  for (let i = 0; i < length; i++) {
    if ((numbers[i] as number) <= least) continue
    chosen[i] = 1
    free--
  }
  for (let i = 0; i < length && free > 0; i++) {
    if (numbers[i] !== least) continue
    chosen[i] = 1
    free--
  }
  return chosen
}
