import type { Credentials } from './credentials.ts'

interface Ports {
  readonly api: number
  readonly etcd: number
  readonly peers: number
}

/** etcd by itself, which need not survive anything. */
export function etcdArgs(dataDir: string, ports: Ports): string[] {
  const clients = `http://127.0.0.1:${ports.etcd}`
  const peers = `http://127.0.0.1:${ports.peers}`
  return [
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

interface AuditFiles {
  readonly audit: string
  readonly policy: string
  /** A kubeconfig; none if empty. */
  readonly webhook: string
}

/** An API server on loopback that asks whom it talks to, and may do what. */
export function apiServerArgs(ports: Ports, who: Credentials, files: AuditFiles): string[] {
  const webhook = [
    `--audit-webhook-config-file=${files.webhook}`,
    '--audit-webhook-batch-max-wait=1s',
    '--audit-webhook-initial-backoff=1s',
  ]
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    `--tls-cert-file=${who.certFile}`,
    `--tls-private-key-file=${who.keyFile}`,
    `--token-auth-file=${who.tokenFile}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${who.accountKeyFile}`,
    `--service-account-signing-key-file=${who.accountKeyFile}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // The address of a service called kubernetes, which may not be loopback, and nobody asks for.
    '--endpoint-reconciler-type=none',
    `--audit-policy-file=${files.policy}`,
    `--audit-log-path=${files.audit}`,
    '--audit-log-mode=blocking',
    ...(files.webhook ? webhook : []),
    // Watches end at once when it stops.
    '--shutdown-delay-duration=0s',
    '--shutdown-send-retry-after=false',
  ]
}

/** All controllers, each by its own service account. */
export function controllerManagerArgs(file: string, caFile: string, accountKey: string): string[] {
  return [
    `--kubeconfig=${file}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${accountKey}`,
    `--root-ca-file=${caFile}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]
}

/** The configuration of a scheduler with its own defaults. */
export function schedulerConfig(file: string): string {
  return JSON.stringify({
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: file, qps: 200, burst: 400 },
  })
}
