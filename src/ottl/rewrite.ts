import { EncodedItems } from '../pdata/encoded_items.ts'
import { SCOPE_GROUP_ITEMS } from '../pdata/otlp_groups.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import type { Environment } from './environment.ts'
import type { MessageDraft } from './message_draft.ts'
import { openItem } from './open.ts'

/** How items are rewritten. */
export interface Rewriting {
  readonly env: Environment
  /** The draft of an item in it. */
  readonly draft: MessageDraft
  /** Changes the item that the environment stands at. */
  readonly change: () => void
  /** Whether items have to be taken in their order, because one leaves something for the next. */
  readonly inOrder: boolean
}

/** The items after they have been changed; the items themselves where none was. */
export function rewriteItems(items: EncodedItems, rewriting: Rewriting): EncodedItems {
  return rewriting.inOrder ? forwards(items, rewriting) : backwards(items, rewriting)
}

/** What is written from the end to the front is best read so, too: nothing is kept meanwhile. */
function backwards(items: EncodedItems, { env, draft, change }: Rewriting): EncodedItems {
  const out = new ProtoWriter(items.byteLength + (items.byteLength >> 3) + 256)
  let isChanged = false
  for (let i = items.length - 1; i >= 0; i--) {
    openItem(env, draft, items, i)
    change()
    const mark = out.mark()
    if (draft.changed) {
      isChanged = true
      draft.encode(out)
    } else items.write(i, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
  return isChanged ? piece(out, items.length) : items
}

function forwards(items: EncodedItems, { env, draft, change }: Rewriting): EncodedItems {
  const changed: (Buffer | undefined)[] = []
  const scratch = new ProtoWriter(1024)
  for (let i = 0; i < items.length; i++) {
    openItem(env, draft, items, i)
    change()
    changed.push(draft.changed ? bytesOf(draft, scratch) : undefined)
  }
  if (changed.every((one) => one === undefined)) return items
  const out = new ProtoWriter(items.byteLength + 1024)
  for (let i = items.length - 1; i >= 0; i--) {
    const mark = out.mark()
    const bytes = changed[i]
    if (bytes) out.raw(bytes)
    else items.write(i, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
  return piece(out, items.length)
}

function piece(out: ProtoWriter, length: number): EncodedItems {
  return EncodedItems.inOnePiece(out.buffer, out.pos, out.buffer.length, length)
}

/** The bytes of a message as it is now. @param scratch is used and forgotten */
export function bytesOf(draft: MessageDraft, scratch: ProtoWriter): Buffer {
  scratch.reset()
  draft.encode(scratch)
  return scratch.toBytes()
}
