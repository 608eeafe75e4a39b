import type { Observable, OperatorFunction } from 'rxjs'
import type { z } from 'zod'
import type { Batch, Kind } from '../pdata/batch.ts'
import type { Outcome } from '../pdata/delivery.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Requirement } from './requirement.ts'
import type { Settings } from './settings.ts'

/**
 * What users may rely on: `development` may change or vanish, `alpha` works and may change with a
 * note, `beta` changes keys only after a deprecation, `stable` does not.
 */
export type Stability = 'development' | 'alpha' | 'beta' | 'stable'

/**
 * A source of batches. `batches$` emits from `start` on and completes during `shutdown`, after the
 * last batch; it is subscribed once, before `start`. An `error` on it means that the receiver cannot
 * go on. The receiver makes each batch's delivery and learns from it what became of the batch.
 */
export interface Receiver extends Lifecycle {
  readonly batches$: Observable<Batch>
}

/**
 * A step between. The operator passes deliveries on: a batch that it ends, it settles. When the
 * source completes it emits what it still holds, then completes.
 */
export interface Processor extends Lifecycle {
  readonly operator: OperatorFunction<Batch, Batch>
}

/** Joins pipelines: the end of some, the source of others. The rules of a processor hold. */
export interface Connector extends Lifecycle {
  readonly operator: OperatorFunction<Batch, Batch>
  /**
   * The ids of the pipelines that a batch goes to, for a connector that decides: asked once for each
   * batch, in the moment in which `operator` emits it. They are some of those that the factory's
   * `destinations` names. Without this method every batch goes to all pipelines of its kind that the
   * connector begins.
   */
  destinationsOf?(batch: Batch): readonly string[]
}

/** A pipeline that the options of a connector name, and where below them. */
export interface NamedPipeline {
  readonly id: string
  /** `['table', 0, 'pipelines', 1]`. */
  readonly path: readonly (string | number)[]
}

/**
 * A destination. `export` resolves with what became of the batch, does not settle its delivery, and
 * never rejects; it may not use the batch's memory after it has resolved. `shutdown` first sends
 * what waits.
 */
export interface Exporter extends Lifecycle {
  export(batch: Batch): Promise<Outcome>
}

/** A side service. */
export type Extension = Lifecycle

interface FactoryBase<C> {
  /** Folder name and YAML key, `lower_snake_case`. */
  readonly type: string
  /** Older spellings of `type` that are still taken, with a warning. */
  readonly aliases?: readonly string[]
  /** One sentence: what it is. */
  readonly summary: string
  readonly stability: Stability
  /** Parsing, defaults, unknown keys and the README's table all come from this. */
  readonly config: z.ZodType<C>
  /** What it needs of this machine with this configuration, tried out. Changes nothing. */
  readonly preflight?: (config: C) => readonly Requirement[]
}

/** A change of kind, or none. */
export interface Conversion {
  readonly from: Kind
  readonly to: Kind
}

/** How receivers of one type are made. */
export interface ReceiverFactory<C = unknown> extends FactoryBase<C> {
  readonly role: 'receiver'
  readonly produces: readonly Kind[]
  readonly create: (settings: Settings, config: C) => Receiver
}

/** How processors of one type are made. */
export interface ProcessorFactory<C = unknown> extends FactoryBase<C> {
  readonly role: 'processor'
  /** For each kind it takes, what it hands on. */
  readonly conversions: readonly Conversion[]
  /** See `ConnectorFactory`. */
  readonly aggregates?: boolean
  readonly create: (settings: Settings, config: C) => Processor
}

/** How connectors of one type are made. */
export interface ConnectorFactory<C = unknown> extends FactoryBase<C> {
  readonly role: 'connector'
  /** For each kind of pipeline it ends, the kinds it can begin. */
  readonly conversions: readonly Conversion[]
  /**
   * True when it counts items into others, so that what comes out is not what went in. It calls
   * `countOut` for what it has counted and settles that as accepted; what it makes has deliveries of
   * its own, from `madeDelivery`.
   */
  readonly aggregates?: boolean
  /**
   * The pipelines between which a connector with `destinationsOf` decides. Each has to be there and to
   * begin with the connector: `validate` says where one is not.
   */
  readonly destinations?: (config: C) => readonly NamedPipeline[]
  readonly create: (settings: Settings, config: C) => Connector
}

/** How exporters of one type are made. */
export interface ExporterFactory<C = unknown> extends FactoryBase<C> {
  readonly role: 'exporter'
  readonly consumes: readonly Kind[]
  readonly create: (settings: Settings, config: C) => Exporter
}

/** How extensions of one type are made. */
export interface ExtensionFactory<C = unknown> extends FactoryBase<C> {
  readonly role: 'extension'
  readonly create: (settings: Settings, config: C) => Extension
}

/** How components of any role are made. */
export type Factory =
  | ReceiverFactory
  | ProcessorFactory
  | ConnectorFactory
  | ExporterFactory
  | ExtensionFactory

/** What a component is in a pipeline. */
export type Role = Factory['role']

/*
 * The schema guarantees what `create` gets, so a factory's own configuration type is forgotten once
 * it is in the list with the others.
 */

/** Declares a receiver. */
export function defineReceiver<C>(facts: Omit<ReceiverFactory<C>, 'role'>): ReceiverFactory {
  return { ...facts, role: 'receiver' } as ReceiverFactory<unknown>
}

/** Declares a processor. */
export function defineProcessor<C>(facts: Omit<ProcessorFactory<C>, 'role'>): ProcessorFactory {
  return { ...facts, role: 'processor' } as ProcessorFactory<unknown>
}

/** Declares a connector. */
export function defineConnector<C>(facts: Omit<ConnectorFactory<C>, 'role'>): ConnectorFactory {
  return { ...facts, role: 'connector' } as ConnectorFactory<unknown>
}

/** Declares an exporter. */
export function defineExporter<C>(facts: Omit<ExporterFactory<C>, 'role'>): ExporterFactory {
  return { ...facts, role: 'exporter' } as ExporterFactory<unknown>
}

/** Declares an extension. */
export function defineExtension<C>(facts: Omit<ExtensionFactory<C>, 'role'>): ExtensionFactory {
  return { ...facts, role: 'extension' } as ExtensionFactory<unknown>
}
