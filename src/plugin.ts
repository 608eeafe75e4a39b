/**
 * What a plugin imports as `waggle/component`: how a component is declared, what it gets and hands
 * on, and the helpers that the built-in ones use. Nothing else of Waggle is meant for others, and
 * what stands here changes only with a note in the changelog.
 */
export { firstHeader } from './component/auth.ts'
export type {
  Admission,
  AuthRefusal,
  ClientAuth,
  HeaderChanges,
  IncomingHeaders,
  OutgoingRequest,
  ServerAuth,
} from './component/auth.ts'
export {
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
} from './component/component.ts'
export type {
  Connector,
  ConnectorFactory,
  Conversion,
  Exporter,
  ExporterFactory,
  Extension,
  ExtensionFactory,
  Factory,
  NamedPipeline,
  Processor,
  ProcessorFactory,
  Receiver,
  ReceiverFactory,
  Role,
  Stability,
} from './component/component.ts'
export { countedDelivery, madeDelivery } from './component/counted_delivery.ts'
export { PermanentError, UnsupportedError, describeError } from './component/errors.ts'
export type { Host, PipelineFacts } from './component/host.ts'
export type { Lifecycle } from './component/lifecycle.ts'
export type { Requirement } from './component/requirement.ts'
export type { Settings } from './component/settings.ts'
export type { ComponentState, ComponentStatus, StatusReporter } from './component/status.ts'
export { StorageFull, Unreadable, isStorage } from './component/storage.ts'
export type {
  StorableRequest,
  StorageExtension,
  StorageFacts,
  StoredEntry,
  StoredQueue,
} from './component/storage.ts'

export {
  Secret,
  duration,
  endpoint,
  extensionId,
  formatDuration,
  formatEndpoint,
  headers,
  listenEndpoint,
  port,
  secret,
} from './config/index.ts'
export type { DurationBounds, Endpoint } from './config/index.ts'

export { systemClock } from './helpers/clock.ts'
export type { Clock } from './helpers/clock.ts'
export type { Attempt, EncodedRequest, Send, SendResult } from './helpers/send_result.ts'
export { Sender } from './helpers/sender.ts'
export type { SenderOptions } from './helpers/sender.ts'
export { retryConfig, sendingQueueConfig, timeoutConfig } from './helpers/sending_config.ts'
export type { SendingConfig } from './helpers/sending_config.ts'

export type { AttributeValue, Attributes } from './pdata/attributes.ts'
export { KINDS } from './pdata/batch.ts'
export type { Batch, Kind } from './pdata/batch.ts'
export { ACCEPTED, Delivery } from './pdata/delivery.ts'
export type { ClientInfo, Outcome, RequestMetadata } from './pdata/delivery.ts'
export { Logs } from './pdata/logs.ts'
export type { LogGroup, LogList, LogRecord } from './pdata/logs.ts'
export { MalformedOtlp } from './pdata/malformed_otlp.ts'
export { Metrics, TEMPORALITY } from './pdata/metrics.ts'
export type {
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricData,
  MetricGroup,
  NumberPoint,
  SummaryPoint,
} from './pdata/metrics.ts'
export type { Observations } from './pdata/observations.ts'
export { requestsOf } from './pdata/otlp_encode.ts'
export type { RequestBytes, RequestLimits, Requests } from './pdata/otlp_encode.ts'
export { readRequest, requestFromJson } from './pdata/otlp_request.ts'
export type { Signal } from './pdata/otlp_request.ts'
export { ProtoWriter } from './pdata/proto_writer.ts'
export { Resource } from './pdata/resource.ts'
export type { Scope } from './pdata/resource.ts'
export { SpanArray } from './pdata/span_array.ts'
export { SPAN_KIND, STATUS_CODE, Traces } from './pdata/traces.ts'
export type { Span, SpanEvent, SpanGroup, SpanKind, SpanList, StatusCode } from './pdata/traces.ts'

export type { ComponentCounters } from './telemetry/counters.ts'
export type { Logger } from './telemetry/logger.ts'
export type { Meter } from './telemetry/meter.ts'

/** The schema library that options are declared with: a plugin needs no copy of its own. */
export { z } from 'zod'
