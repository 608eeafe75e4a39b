/** Reading a configuration: the door to this folder. */
export { composeConfig, parseConfig } from './config.ts'
export type { ComposedConfig, ParseOptions, ParsedConfig, Source } from './config.ts'
export type { ComponentConfig } from './components.ts'
export { describeSchema } from './describe.ts'
export type { OptionRow } from './describe.ts'
export { duration, formatDuration, parseDuration } from './duration.ts'
export type { DurationBounds } from './duration.ts'
export { endpoint, formatEndpoint, listenEndpoint, parseEndpoint, port } from './endpoint.ts'
export type { Endpoint } from './endpoint.ts'
export { extensionId } from './extension_reference.ts'
export {
  FeatureGateError,
  FeatureGates,
  featureGates,
  gatesOf,
  mergeAppendGate,
} from './feature_gates.ts'
export type { FeatureGate, GateStage } from './feature_gates.ts'
export type { FetchText } from './fetch.ts'
export { parseId } from './ids.ts'
export type { Id, IdResult } from './ids.ts'
export { configJsonSchema } from './json_schema.ts'
export type { JsonSchema } from './json_schema_loose.ts'
export { loadSources, sourceSchemes } from './load.ts'
export type { LoadSurroundings, LoadedSources } from './load.ts'
export type { Components, Config, ServiceConfig } from './model.ts'
export { nearest, suggestion } from './nearest.ts'
export { pipelineKinds } from './pipelines.ts'
export type { ComponentReference, PipelineConfig, PipelineKind } from './pipelines.ts'
export {
  ConfigError,
  errorAt,
  formatPath,
  formatProblem,
  onlyWarnings,
  sortProblems,
  warningAt,
} from './problems.ts'
export type { Path, Position, Problem } from './problems.ts'
export type { ConfigNode } from './node.ts'
export { printConfig } from './print.ts'
export type { PrintMode, PrintOptions } from './print.ts'
export { printRawConfig } from './print_raw.ts'
export { readFromDisk } from './read.ts'
export type { ReadFile } from './read.ts'
export { componentKinds, sectionOf, withArticle } from './registry.ts'
export type { ComponentKind, RegisteredType, Registry } from './registry.ts'
export { checkSchema } from './schema.ts'
export type { Checked } from './schema.ts'
export { Secret, aboutSecret, headers, secret } from './secret.ts'
export { limitsConfig, telemetryConfig } from './service.ts'
export type { LimitsConfig, TelemetryConfig } from './service.ts'
export type { OtlpPushConfig, PrometheusReaderConfig, ReaderConfig } from './telemetry_readers.ts'
export { resourceAttributes } from './telemetry_resource.ts'
