import { EncodedItems } from './encoded_items.ts'
import { RESOURCE_GROUP, SCOPE_GROUP, SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import { ProtoReader } from './proto_reader.ts'
import { type GroupBytes, receivedResource, receivedScope } from './received_resource.ts'
import type { Resource, Scope } from './resource.ts'

/** Items of one resource and scope, as bytes. */
export interface EncodedGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly items: EncodedItems
}

/** Begins and ends of pieces of a body, in turn. */
type Pieces = number[]

const NONE = Buffer.alloc(0)
const requests = new ProtoReader()
const resourceGroups = new ProtoReader()
const scopeGroups = new ProtoReader()

/** The groups of a request whose outline has been checked; those without items are left out. */
export function readGroups(body: Buffer): EncodedGroup[] {
  const groups: EncodedGroup[] = []
  const reader = requests.over(body, 0, body.length)
  while (reader.next()) {
    if (reader.field === 1) readResourceGroup(body, reader.from, reader.to, groups)
  }
  return groups
}

function readResourceGroup(body: Buffer, from: number, to: number, into: EncodedGroup[]): void {
  const reader = resourceGroups.over(body, from, to)
  const message: Pieces = []
  const rest: Pieces = []
  const scopes: Pieces = []
  while (reader.next()) {
    if (reader.field === RESOURCE_GROUP.resource) message.push(reader.from, reader.to)
    else if (reader.field === RESOURCE_GROUP.scopeGroups) scopes.push(reader.from, reader.to)
    else rest.push(reader.at, reader.to)
  }
  if (scopes.length === 0) return
  const resource = receivedResource(groupBytes(body, message, rest))
  for (let i = 0; i < scopes.length; i += 2) {
    readScopeGroup(body, scopes[i] as number, scopes[i + 1] as number, resource, into)
  }
}

function readScopeGroup(
  body: Buffer,
  from: number,
  to: number,
  resource: Resource,
  into: EncodedGroup[],
): void {
  const reader = scopeGroups.over(body, from, to)
  const message: Pieces = []
  const rest: Pieces = []
  let first = -1
  let last = -1
  let count = 0
  let inOnePiece = true
  while (reader.next()) {
    if (reader.field === SCOPE_GROUP_ITEMS) {
      if (first < 0) first = reader.at
      else if (last !== reader.at) inOnePiece = false
      last = reader.to
      count++
    } else if (reader.field === SCOPE_GROUP.scope) message.push(reader.from, reader.to)
    else rest.push(reader.at, reader.to)
  }
  if (count === 0) return
  const items = inOnePiece
    ? EncodedItems.inOnePiece(body, first, last, count)
    : scattered(body, from, to, count)
  into.push({ resource, scope: receivedScope(groupBytes(body, message, rest)), items })
}

function scattered(body: Buffer, from: number, to: number, count: number): EncodedItems {
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  const reader = scopeGroups.over(body, from, to)
  for (let i = 0; reader.next();) {
    if (reader.field !== SCOPE_GROUP_ITEMS) continue
    starts[i] = reader.from
    ends[i] = reader.to
    i++
  }
  return EncodedItems.scattered(body, starts, ends)
}

/** A message that comes in several pieces is that of all of them, as protobuf has it. */
function groupBytes(body: Buffer, message: Pieces, rest: Pieces): GroupBytes {
  return {
    message: message.length === 0 ? undefined : joined(body, message),
    rest: joined(body, rest),
  }
}

function joined(body: Buffer, pieces: Pieces): Buffer {
  if (pieces.length === 0) return NONE
  if (pieces.length === 2) return body.subarray(pieces[0], pieces[1])
  const parts: Buffer[] = []
  for (let i = 0; i < pieces.length; i += 2) parts.push(body.subarray(pieces[i], pieces[i + 1]))
  return Buffer.concat(parts)
}
