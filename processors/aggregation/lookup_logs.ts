import type { Attributes } from '../../src/pdata/attributes.ts'
import type { DnsObservations } from '../../src/pdata/dns_observations.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import type { LogGroup, LogRecord } from '../../src/pdata/logs.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { Owners } from './owners.ts'

/** `INFO` (OTLP `SeverityNumber`). */
const INFO = 9

/**
 * A log record for each question to a name server, by whose they are.
 * @param nowNs nanoseconds since 1970
 */
export function lookupLogs(
  records: DnsObservations,
  owners: Owners,
  scope: Scope,
  nowNs: bigint,
): LogGroup[] {
  const resources = new Map<Resource, LogRecord[]>()
  for (let i = 0; i < records.itemCount; i++) {
    const { process } = owners.of(records, i)
    const made = resources.get(process) ?? []
    resources.set(process, made)
    made.push(lookupLog(records, i, nowNs))
  }
  return [...resources].map(([resource, made]) => ({ resource, scope, logs: new LogArray(made) }))
}

function lookupLog(records: DnsObservations, i: number, nowNs: bigint): LogRecord {
  return {
    timeNs: records.askedNs(i),
    observedNs: nowNs,
    severity: INFO,
    severityText: '',
    body: null,
    attributes: { ...questionOf(records, i), ...endsOf(records, i), ...answerOf(records, i) },
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: 'waggle.dns.lookup',
  }
}

function questionOf(records: DnsObservations, i: number): Attributes {
  return {
    'dns.question.name': records.question(i),
    'waggle.dns.question.type': records.questionType(i),
    'waggle.dns.times_asked': records.timesAsked(i),
  }
}

function answerOf(records: DnsObservations, i: number): Attributes {
  const code = records.responseCode(i)
  const error = records.reason(i)
  return {
    'waggle.dns.duration_us': Math.round(records.durationNs(i) / 1000),
    ...(error !== '' && { 'error.type': error }),
    ...(code !== '' && {
      'waggle.dns.response_code': code,
      'waggle.dns.answers': records.answers(i),
      'waggle.dns.truncated': records.isTruncated(i),
    }),
  }
}

function endsOf(records: DnsObservations, i: number): Attributes {
  const local = { address: records.localAddress(i), port: records.localPort(i) }
  const peer = { address: records.peerAddress(i), port: records.peerPort(i) }
  const role = records.role(i)
  const [client, server] = role === 'client' ? [local, peer] : [peer, local]
  return {
    'waggle.dns.role': role,
    'client.address': client.address,
    'client.port': client.port,
    'server.address': server.address,
    'server.port': server.port,
    'network.transport': records.transport(i),
    'network.type': server.address.includes(':') ? 'ipv6' : 'ipv4',
  }
}
