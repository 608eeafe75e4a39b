/** The port of OTLP/gRPC. */
const DEFAULT_PORT = 4317

/** An endpoint as it is sent to: with the default port where it has none. */
export function withPort(name: string): string {
  const isBareV6 = name.split(':').length > 2 && !name.startsWith('[')
  if (isBareV6) return `[${name}]:${DEFAULT_PORT}`
  return /(^[^:[]+|\])$/.test(name) ? `${name}:${DEFAULT_PORT}` : name
}
