import { count } from '../connectors/count/index.ts'
import { forward } from '../connectors/forward/index.ts'
import { podDelivery } from '../connectors/pod_delivery/index.ts'
import { requestMetrics } from '../connectors/request_metrics/index.ts'
import { routing } from '../connectors/routing/index.ts'
import { serviceGraph } from '../connectors/service_graph/index.ts'
import { spanMetrics } from '../connectors/span_metrics/index.ts'
import { debug } from '../exporters/debug/index.ts'
import { file } from '../exporters/file/index.ts'
import { loadBalancing } from '../exporters/load_balancing/index.ts'
import { otlpGrpc } from '../exporters/otlp_grpc/index.ts'
import { otlpHttp } from '../exporters/otlp_http/index.ts'
import { prometheus } from '../exporters/prometheus/index.ts'
import { prometheusRemoteWrite } from '../exporters/prometheus_remote_write/index.ts'
import { basicAuth } from '../extensions/basic_auth/index.ts'
import { bearerTokenAuth } from '../extensions/bearer_token_auth/index.ts'
import { fileStorage } from '../extensions/file_storage/index.ts'
import { headersSetter } from '../extensions/headers_setter/index.ts'
import { healthCheck } from '../extensions/health_check/index.ts'
import { oauth2Client } from '../extensions/oauth2_client/index.ts'
import { zpages } from '../extensions/zpages/index.ts'
import { aggregation } from '../processors/aggregation/index.ts'
import { attributes } from '../processors/attributes/index.ts'
import { batch } from '../processors/batch/index.ts'
import { cumulativeToDelta } from '../processors/cumulative_to_delta/index.ts'
import { filter } from '../processors/filter/index.ts'
import { groupByAttrs } from '../processors/group_by_attrs/index.ts'
import { memoryLimiter } from '../processors/memory_limiter/index.ts'
import { protocolInference } from '../processors/protocol_inference/index.ts'
import { redaction } from '../processors/redaction/index.ts'
import { resource } from '../processors/resource/index.ts'
import { resourceDetection } from '../processors/resource_detection/index.ts'
import { sampler } from '../processors/sampler/index.ts'
import { tailSampling } from '../processors/tail_sampling/index.ts'
import { transform } from '../processors/transform/index.ts'
import { containerStats } from '../receivers/container_stats/index.ts'
import { ebpfFiles } from '../receivers/ebpf_files/index.ts'
import { ebpfFlows } from '../receivers/ebpf_flows/index.ts'
import { ebpfHttp } from '../receivers/ebpf_http/index.ts'
import { ebpfSockets } from '../receivers/ebpf_sockets/index.ts'
import { hostMetrics } from '../receivers/host_metrics/index.ts'
import { k8sAudit } from '../receivers/k8s_audit/index.ts'
import { otlp } from '../receivers/otlp/index.ts'
import { otlpFile } from '../receivers/otlp_file/index.ts'
import { prometheusSimple } from '../receivers/prometheus_simple/index.ts'
import type { Factory } from './component/component.ts'

/** All components that are built in, sorted by role and type. `npm run new` adds to it. */
export const components: readonly Factory[] = [
  count,
  forward,
  podDelivery,
  requestMetrics,
  routing,
  serviceGraph,
  spanMetrics,
  debug,
  file,
  loadBalancing,
  otlpGrpc,
  otlpHttp,
  prometheus,
  prometheusRemoteWrite,
  basicAuth,
  bearerTokenAuth,
  fileStorage,
  headersSetter,
  healthCheck,
  oauth2Client,
  zpages,
  aggregation,
  attributes,
  batch,
  cumulativeToDelta,
  filter,
  groupByAttrs,
  memoryLimiter,
  protocolInference,
  redaction,
  resource,
  resourceDetection,
  sampler,
  tailSampling,
  transform,
  containerStats,
  ebpfFiles,
  ebpfFlows,
  ebpfHttp,
  ebpfSockets,
  hostMetrics,
  k8sAudit,
  otlp,
  otlpFile,
  prometheusSimple,
]
