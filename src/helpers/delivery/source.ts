import type { Extension } from '../../component/component.ts'
import type { DeliveryKind, JudgedDelivery, PodRef } from './model.ts'

/** What is asked for; a field that is undefined leaves nothing out. */
export interface DeliveryQuery {
  readonly namespace?: string
  /** The name of a pod's controller or of the Deployment, CronJob behind it. */
  readonly workload?: string
  readonly node?: string
  readonly pod?: string
  readonly uid?: string
  readonly kind?: DeliveryKind
  /** `slowest` by platform time, `newest` by their beginning. */
  readonly order: 'slowest' | 'newest'
  /** Only those whose diagnosis is not `Success`. */
  readonly failed: boolean
  /** Only those of namespaces for which this is true: what the asker may see. */
  readonly visible: (namespace: string) => boolean
  readonly limit: number
}

/** What a connector knows of deliveries: those under way, and the last ones that ended. */
export interface DeliverySource {
  /** Those that fit, judged as of now, at most `limit` of them. */
  find(query: DeliveryQuery): readonly JudgedDelivery[]
  /** The pods that are known by a name, newest first: a name may have had several. */
  pods(namespace: string, name: string): readonly PodRef[]
}

/** An extension that serves what connectors know of deliveries. */
export interface DeliveryServer extends Extension {
  /**
   * Serves a source from now on, until what is returned is called.
   * @param owner names it, `connector/pod_delivery`
   */
  serve(owner: string, source: DeliverySource): () => void
}

/** True for an extension that serves deliveries. */
export function isDeliveryServer(extension: Extension): extension is DeliveryServer {
  return 'serve' in extension && typeof extension.serve === 'function'
}
