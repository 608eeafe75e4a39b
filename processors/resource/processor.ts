import { map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import { actionsOf } from '../../src/helpers/attribute_actions.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ResourceEditor } from '../../src/pdata/edit_resource.ts'
import type { ResourceConfig } from './config.ts'

/** `resource` as a component: each resource is changed once, however many batches are about it. */
export class ResourceProcessor implements Processor {
  readonly #editor: ResourceEditor

  constructor({ attributes }: ResourceConfig) {
    this.#editor = new ResourceEditor(actionsOf(attributes))
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) => source.pipe(map((batch) => this.#editor.batch(batch)))
  }
}
