import type { TlsClientConfig } from '../helpers/tls_client_config.ts'
import type { Credentials } from './credentials.ts'

/** Where an API server is, and as whom it is asked. */
export interface Access {
  /** `https://10.96.0.1:443/`, with a path where the cluster lies behind a proxy. */
  readonly server: URL
  readonly tls: TlsClientConfig
  readonly proxy: URL | undefined
  readonly credentials: Credentials
}

/** What of the process's surroundings access is made of; tests give their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The folder of the pod's own account. */
  readonly accountDir: string
}

/** Where Kubernetes puts the account of a pod (client-go rest/config.go InClusterConfig). */
export const ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
