/** A line of the log as it was written, in parts. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly time: string
  /** pino's number: 40 a warning, 50 an error, 60 the end. */
  readonly level: number
  /** `exporter/otlp_grpc`; empty where no component speaks. */
  readonly component: string
  readonly message: string
  /** What else the line carries, the pipeline and what initial_fields gives included. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The least level that is kept. */
const WARN = 40

/** Longer than what we say, shorter than what would fill the memory a hundred times over. */
const MAX_CHARS = 8_192

/** The latest warnings and errors of the log. Holds a fixed number, the newest. */
export class RecentLog {
  readonly #capacity: number
  readonly #entries: LogEntry[] = []

  constructor(capacity = 100) {
    this.#capacity = capacity
  }

  /** The entries, the oldest first. */
  get entries(): readonly LogEntry[] {
    return [...this.#entries]
  }

  /** Takes an entry, and keeps it when it is a warning or worse. */
  note(entry: LogEntry): void {
    if (entry.level < WARN) return
    this.#entries.push(shortened(entry))
    if (this.#entries.length > this.#capacity) this.#entries.shift()
  }
}

/** A JSON line of pino's in parts; undefined where it is none. */
export function entryOf(line: string): LogEntry | undefined {
  try {
    const { time, level, component = '', msg = '', ...fields } = JSON.parse(line) as RawLine
    if (typeof time !== 'string' || typeof level !== 'number') return undefined
    return { time, level, component: String(component), message: msg, fields }
  } catch {
    return undefined
  }
}

function shortened(entry: LogEntry): LogEntry {
  const { message, fields } = entry
  const length = JSON.stringify(fields).length
  if (message.length <= MAX_CHARS && length <= MAX_CHARS) return entry
  const omitted = `fields of ${length} characters`
  const kept = length <= MAX_CHARS ? fields : { omitted }
  return { ...entry, message: message.slice(0, MAX_CHARS), fields: kept }
}

interface RawLine {
  readonly time?: unknown
  readonly level?: unknown
  readonly component?: unknown
  readonly msg?: string
  readonly [field: string]: unknown
}
