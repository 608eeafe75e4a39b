import { identity } from 'rxjs'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Batch } from '../../src/pdata/batch.ts'

/** Hands every batch on as it is, at once; the graph joins the pipelines. */
export class ForwardConnector implements Connector {
  readonly operator: MonoTypeOperatorFunction<Batch> = identity
}
