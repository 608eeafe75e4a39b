import type { Delivery } from '../../src/pdata/delivery.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import { Logs, type LogRecord } from '../../src/pdata/logs.ts'
import { Resource } from '../../src/pdata/resource.ts'

const apiServer = new Resource({ 'service.name': 'kube-apiserver' })

/** A batch of audit events. @param version of Waggle */
export function auditLogs(
  records: readonly LogRecord[],
  delivery: Delivery,
  version: string,
): Logs {
  const scope = { name: 'waggle/k8s_audit', version }
  return new Logs([{ resource: apiServer, scope, logs: new LogArray(records) }], delivery)
}
