/** Suffixes of quantities (apimachinery `pkg/api/resource/suffix.go`). */
const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const QUANTITY = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/

/** A quantity of Kubernetes, `250m` or `1Gi`, as a number; 0 for what is none. */
export function quantity(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return 0
  const [, digits = '', suffix = ''] = QUANTITY.exec(value) ?? []
  const factor = Object.hasOwn(FACTORS, suffix) ? FACTORS[suffix] : undefined
  const number = Number(digits)
  return factor === undefined || digits === '' || Number.isNaN(number) ? 0 : number * factor
}
