import {
  CLOSE_BRACE,
  COLON,
  COMMA,
  isWordAt,
  levelEnd,
  OPEN_BRACE,
  QUOTE,
  skipSpace,
  stringEnd,
  valueEnd,
} from '../../src/helpers/json_bytes.ts'
import type { Selection, Unwanted } from './selection.ts'
import { nanosAt } from './timestamp.ts'
import { textOf, Words } from './words.ts'

/** What stands in an event beside its objects; texts are empty where there is none. */
export interface EventFacts {
  auditId: string
  level: string
  stage: string
  verb: string
  resource: string
  group: string
  subresource: string
  namespace: string
  name: string
  /** HTTP status; 0 where there is none. */
  code: number
  userAgent: string
  /** `stageTimestamp`, nanoseconds since 1970. */
  timeNs: bigint
}

/** What a scan found: `other` must be parsed to know what it is. */
export type Scanned = 'event' | Unwanted | 'other'

/** Keys of `audit.k8s.io/v1` Event, in the order in which Go writes them; `end` begins what is not looked at. */
const KEYS = named({
  kind: 'kind',
  apiVersion: 'apiVersion',
  level: 'level',
  auditID: 'auditID',
  stage: 'stage',
  requestURI: 'requestURI',
  verb: 'verb',
  user: 'skipped',
  impersonatedUser: 'skipped',
  authenticationMetadata: 'skipped',
  sourceIPs: 'skipped',
  userAgent: 'userAgent',
  objectRef: 'objectRef',
  responseStatus: 'responseStatus',
  requestObject: 'end',
  responseObject: 'end',
  requestReceivedTimestamp: 'end',
  stageTimestamp: 'end',
  annotations: 'end',
})
const REF_KEYS = named({
  resource: 'resource',
  namespace: 'namespace',
  name: 'name',
  apiGroup: 'group',
  subresource: 'subresource',
})
const STATUS_KEYS = named({ code: 'code' })

const STAGE_TIMESTAMP = Buffer.from('"stageTimestamp":"')
const DRY_RUN = Buffer.from('dryRun=All')
const EVENT = Buffer.from('Event"')
const AUDIT_GROUP = Buffer.from('audit.k8s.io/')

/**
 * Reads what is needed of an event out of its bytes, and makes neither objects nor strings of the
 * rest. It follows the structure of the JSON: a key counts only in the event itself, whatever stands
 * in the objects that users wrote. What is in another order than Go writes is left to a parser.
 */
export class EventScanner {
  /** Of the last event that was found. */
  readonly facts: EventFacts = noFacts()
  readonly #selection: Selection
  readonly #words = new Words()

  constructor(selection: Selection) {
    this.#selection = selection
  }

  /** Looks at the bytes of one event. */
  scan(bytes: Buffer): Scanned {
    const unwanted = this.#scanHead(bytes)
    return unwanted ?? this.#scanTail(bytes)
  }

  /** Up to the objects; undefined where the event is wanted so far. */
  #scanHead(bytes: Buffer): Scanned | undefined {
    const { facts } = this
    const end = bytes.length
    let uri = 0
    let seen = 0
    clear(facts)
    let at = skipSpace(bytes, 0, end)
    if (bytes[at] !== OPEN_BRACE) return 'other'
    at = skipSpace(bytes, at + 1, end)
    for (;;) {
      if (bytes[at] !== QUOTE) return 'other'
      const keyEnd = stringEnd(bytes, at, end)
      if (keyEnd < 0) return 'other'
      const key = KEYS.of(bytes, at + 1, keyEnd)
      if (key === undefined) return 'other'
      if (key === 'end') break
      const from = valueBegin(bytes, keyEnd, end)
      const to = from < 0 ? -1 : valueEnd(bytes, from, end)
      if (to < 0) return 'other'
      const isText = bytes[from] === QUOTE
      switch (key) {
        case 'kind':
          if (to - from !== 7 || !isWordAt(bytes, from + 1, EVENT)) return 'other'
          break
        case 'apiVersion':
          if (!isWordAt(bytes, from + 1, AUDIT_GROUP)) return 'other'
          break
        case 'level':
        case 'stage':
          if (!isText) return 'other'
          facts[key] = this.#words.at(bytes, from + 1, to - 1)
          seen++
          break
        case 'verb': {
          if (!isText || seen !== 2) return 'other'
          facts.verb = this.#words.at(bytes, from + 1, to - 1)
          seen++
          const unwanted = this.#selection.ofRequest(facts.level, facts.stage, facts.verb)
          if (unwanted) return unwanted
          break
        }
        case 'auditID':
          if (!isText) return 'other'
          facts.auditId = textOf(bytes, from + 1, to - 1)
          break
        case 'requestURI':
          uri = this.#selection.dropsDryRuns && isDryRun(bytes, from, to) ? 1 : 0
          break
        case 'userAgent':
          if (!isText) return 'other'
          facts.userAgent = this.#words.at(bytes, from + 1, to - 1)
          break
        case 'objectRef':
          if (!this.#readRef(bytes, from, to)) return 'other'
          break
        case 'responseStatus':
          if (!this.#readStatus(bytes, from, to)) return 'other'
          break
        case 'skipped':
      }
      at = skipSpace(bytes, to, end)
      if (bytes[at] !== COMMA) return 'other'
      at = skipSpace(bytes, at + 1, end)
    }
    if (seen !== 3) return 'other'
    if (uri === 1) return 'dry_run'
    return this.#selection.ofResource(facts.resource, facts.group, facts.subresource)
  }

  /**
   * The last key of this name is the event's own when what follows it closes the event and no more: in
   * a string its quotes would have backslashes, and deeper in it more would have to be closed.
   */
  #scanTail(bytes: Buffer): Scanned {
    const found = bytes.lastIndexOf(STAGE_TIMESTAMP)
    if (found < 0) return 'other'
    const from = found + STAGE_TIMESTAMP.length
    const to = stringEnd(bytes, from - 1, bytes.length)
    const closed = to < 0 ? -1 : levelEnd(bytes, to + 1, bytes.length)
    if (closed < 0 || skipSpace(bytes, closed, bytes.length) !== bytes.length) return 'other'
    const timeNs = nanosAt(bytes, from, to)
    if (timeNs === undefined) return 'other'
    this.facts.timeNs = timeNs
    return 'event'
  }

  #readRef(bytes: Buffer, from: number, to: number): boolean {
    const { facts } = this
    return eachMember(bytes, from, to, REF_KEYS, (key, at, end) => {
      if (bytes[at] !== QUOTE) return
      if (key === 'name') facts.name = textOf(bytes, at + 1, end - 1)
      else facts[key] = this.#words.at(bytes, at + 1, end - 1)
    })
  }

  #readStatus(bytes: Buffer, from: number, to: number): boolean {
    return eachMember(bytes, from, to, STATUS_KEYS, (_, at, end) => {
      this.facts.code = Number(bytes.toString('latin1', at, end)) || 0
    })
  }
}

/** Facts of nothing. */
export function noFacts(): EventFacts {
  return clear({} as EventFacts)
}

function clear(facts: EventFacts): EventFacts {
  facts.auditId = facts.level = facts.stage = facts.verb = ''
  facts.resource = facts.group = facts.subresource = ''
  facts.namespace = facts.name = facts.userAgent = ''
  facts.code = 0
  facts.timeNs = 0n
  return facts
}

/** False where it is no object, or is not closed. */
function eachMember<K extends string>(
  bytes: Buffer,
  from: number,
  to: number,
  keys: Keys<K>,
  take: (key: K, at: number, end: number) => void,
): boolean {
  if (bytes[from] !== OPEN_BRACE) return false
  let at = skipSpace(bytes, from + 1, to)
  while (bytes[at] === QUOTE) {
    const keyEnd = stringEnd(bytes, at, to)
    if (keyEnd < 0) return false
    const key = keys.of(bytes, at + 1, keyEnd)
    const begin = valueBegin(bytes, keyEnd, to)
    const end = begin < 0 ? -1 : valueEnd(bytes, begin, to)
    if (end < 0) return false
    if (key !== undefined) take(key, begin, end)
    at = skipSpace(bytes, end, to)
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, to)
  }
  return bytes[at] === CLOSE_BRACE
}

/** Where the value of a key begins whose last quote is at `keyEnd`, or -1. */
function valueBegin(bytes: Buffer, keyEnd: number, end: number): number {
  const colon = skipSpace(bytes, keyEnd + 1, end)
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1, end) : -1
}

function isDryRun(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (bytes[i] === 0x64 && isWordAt(bytes, i, DRY_RUN)) return true
  }
  return false
}

/** Knows keys by their bytes. */
interface Keys<K extends string> {
  of(bytes: Buffer, from: number, to: number): K | undefined
}

function named<K extends string>(names: Readonly<Record<string, K>>): Keys<K> {
  const byLength: { readonly bytes: Buffer; readonly key: K }[][] = []
  for (const [name, key] of Object.entries(names)) {
    ;(byLength[name.length] ??= []).push({ bytes: Buffer.from(name), key })
  }
  return {
    of(bytes, from, to) {
      const few = byLength[to - from]
      if (!few) return undefined
      for (const one of few) if (isWordAt(bytes, from, one.bytes)) return one.key
      return undefined
    },
  }
}
