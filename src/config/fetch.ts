/** Reads a configuration from the network; rejects with an Error that says what was wrong. */
export type FetchText = (url: URL) => Promise<string>

/** Longer than a server in the same cluster ever takes; a start that waits says nothing meanwhile. */
const TIMEOUT_MS = 10_000
/** A configuration of this size is none. */
const MAX_BYTES = 10 * 1024 * 1024

/**
 * The real one: follows redirects, gives up after 10 s and at 10 MiB, and sends a name and password
 * in the URL as basic authentication.
 */
export const fetchFromNetwork: FetchText = async (url) => {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(shownUrl(url), { signal, headers: authorization(url) })
  if (!response.ok) throw new Error(`answered with HTTP status ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`longer than ${MAX_BYTES / 1024 / 1024} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/**
 * The text behind an http or https URL. Rejects with an Error that names the URL without its
 * credentials.
 */
export async function fetchText(url: URL, fetcher: FetchText): Promise<string> {
  try {
    return await fetcher(url)
  } catch (cause) {
    throw new Error(`cannot fetch ${JSON.stringify(shownUrl(url))}: ${reason(cause)}`, { cause })
  }
}

/** A URL as it may be shown: a name and a password in it are left out. */
export function shownUrl(url: URL): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  return shown.href
}

// Node.js says only "fetch failed" and keeps what happened as the cause.
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if (cause.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`
  return cause.cause instanceof Error ? causeText(cause.cause) : cause.message
}

function causeText(cause: Error): string {
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name)
}
