/** An object as JSON.parse gives it. */
export type Json = Readonly<Record<string, unknown>>

/** google.rpc.Code (google/rpc/code.proto) as the HTTP status that it stands for. */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  1: 499,
  2: 500,
  3: 400,
  4: 504,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  12: 501,
  13: 500,
  14: 503,
  15: 500,
  16: 401,
}

/**
 * The audit Event that an entry of Cloud Logging was made of, as far as it is still in it; undefined
 * where it is about no request to a Kubernetes API server. Its `request` and `response` are there only
 * where the cluster's audit policy has them.
 */
export function eventOfLogEntry(entry: Json): Json | undefined {
  const payload = objectOf(entry['protoPayload'])
  const method = textOf(payload['methodName'])
  if (!method.startsWith('io.k8s.') && textOf(payload['serviceName']) !== 'k8s.io') return undefined
  const requestObject = kubernetesObject(payload['request'])
  const responseObject = kubernetesObject(payload['response'])
  const verb = method.slice(method.lastIndexOf('.') + 1)
  const metadata = objectOf(payload['requestMetadata'])
  const timestamp = textOf(entry['timestamp'])
  const level = responseObject ? 'RequestResponse' : requestObject ? 'Request' : 'Metadata'
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: textOf(objectOf(entry['operation'])['id']) || textOf(entry['insertId']),
    stage: 'ResponseComplete',
    requestURI: `/${textOf(payload['resourceName'])}`,
    verb,
    user: { username: textOf(objectOf(payload['authenticationInfo'])['principalEmail']) },
    sourceIPs: [metadata['callerIp']].filter((ip) => typeof ip === 'string'),
    userAgent: textOf(metadata['callerSuppliedUserAgent']),
    objectRef: objectRefOf(textOf(payload['resourceName']), requestObject ?? responseObject),
    responseStatus: statusOf(objectOf(payload['status']), responseObject, verb),
    ...(requestObject && { requestObject }),
    ...(responseObject && { responseObject }),
    requestReceivedTimestamp: timestamp,
    stageTimestamp: timestamp,
    annotations: objectOf(entry['labels']),
  }
}

/** `core/v1/namespaces/shop/pods/web-1/status`, `apps/v1/namespaces/shop/deployments/web`, `core/v1/nodes/n1`. */
function objectRefOf(resourceName: string, object: Json | undefined): Json {
  const [group = '', apiVersion = '', ...path] = resourceName.split('/')
  const isNamespaced = path[0] === 'namespaces' && path.length > 2
  const [resource = '', name = '', subresource = ''] = isNamespaced ? path.slice(2) : path
  const metadata = objectOf(object?.['metadata'])
  const uid = textOf(metadata['uid'])
  const named = name || textOf(metadata['name'])
  return {
    resource,
    ...(isNamespaced && { namespace: path[1] }),
    ...(named && { name: named }),
    ...(uid && { uid }),
    ...(group !== 'core' && { apiGroup: group }),
    apiVersion,
    ...(subresource && { subresource }),
  }
}

function statusOf(status: Json, response: Json | undefined, verb: string): Json {
  if (response?.['kind'] === 'Status' && typeof response['code'] === 'number') return response
  const code = Number(status['code'] ?? 0)
  if (code === 0) return { metadata: {}, code: verb === 'create' ? 201 : 200 }
  const message = textOf(status['message'])
  return { metadata: {}, status: 'Failure', message, code: HTTP_STATUS[code] ?? 500 }
}

/** `@type: core.k8s.io/v1.Pod` stands for the kind and the version, which may be missing. */
function kubernetesObject(value: unknown): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { '@type': type, ...object } = value as Record<string, unknown>
  const [, group = '', version = '', kind = ''] = /^(.*)\/(\w+)\.(\w+)$/.exec(textOf(type)) ?? []
  if (kind === '') return object
  const short = group === 'core.k8s.io' ? '' : group.replace(/^(apps|batch)\.k8s\.io$/, '$1')
  return { kind, apiVersion: short === '' ? version : `${short}/${version}`, ...object }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
