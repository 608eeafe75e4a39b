import { NetlinkSocket } from 'libbpf-addon'
import type { Requirement } from '../../component/requirement.ts'
import { CONNTRACK_NEW, NETLINK_NETFILTER } from './conntrack_messages.ts'
import { WITHOUT_NAT } from './translations.ts'

/** Events of connection tracking, tried out. */
export function natRequirement(): Requirement {
  const name = 'events of connection tracking'
  const facts = { name, needed: false, fallback: WITHOUT_NAT }
  try {
    using socket = NetlinkSocket.open(NETLINK_NETFILTER)
    socket.join(CONNTRACK_NEW)
    return { ...facts, answer: 'supported' }
  } catch (error) {
    return { ...facts, answer: 'not_supported', found: (error as Error).message }
  }
}
