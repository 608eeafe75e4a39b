import { z } from 'zod'
import type { JudgedDelivery } from '../../src/helpers/delivery/model.ts'
import type { DeliverySource } from '../../src/helpers/delivery/source.ts'
import type { Language } from '../../src/helpers/delivery/wording.ts'
import type { PageAnswer } from '../../src/helpers/page_server.ts'
import type { Viewer } from './access.ts'
import { htmlPage } from './html.ts'
import { indexHtml } from './index_html.ts'
import { podHtml } from './pod_html.ts'
import { decoded, queryOf } from './router.ts'
import { deliveriesOfPod } from './routes.ts'
import { mustSee, scopeOf } from './scope.ts'

/** How many deliveries the first page shows. */
const MOST_ROWS = 200

/** What a page is asked. */
export interface PageAsked {
  readonly viewer: Viewer
  readonly source: DeliverySource
  readonly language: Language
  readonly query: URLSearchParams
}

const one = z.strictObject({ uid: z.string().max(253).optional() })
const text = z.string().max(253).default('')
const list = z.strictObject({
  namespace: text,
  workload: text,
  node: text,
  failed: z.enum(['true', 'false']).default('false'),
  order: z.enum(['slowest', 'newest']).default('newest'),
})
/** What the first page is asked for. */
export type ListQuery = z.output<typeof list>

/** The page of a pod: `/pods/{namespace}/{name}`. Rejects with `Refusal`. */
export async function podPage(
  { viewer, source, language, query }: PageAsked,
  [namespace = '', name = '']: readonly string[],
): Promise<PageAnswer> {
  const [space, pod] = [decoded(namespace), decoded(name)]
  const { uid } = queryOf(one, query) as z.output<typeof one>
  await mustSee(viewer, space)
  const { judged, others } = deliveriesOfPod(source, space, pod, uid)
  return htmlPage(`${space}/${pod}`, podHtml(judged, others, language), language)
}

/** The page of all that is known: `/`. Rejects with `Refusal`. */
export async function indexPage(asked: PageAsked): Promise<PageAnswer> {
  const { viewer, source, language } = asked
  const query = queryOf(list, asked.query) as ListQuery
  const { namespace, workload, node, failed, order } = query
  const { visible } = await scopeOf(viewer, source, namespace === '' ? undefined : namespace)
  const found: readonly JudgedDelivery[] = source.find({
    ...(namespace !== '' && { namespace }),
    ...(workload !== '' && { workload }),
    ...(node !== '' && { node }),
    order,
    failed: failed === 'true',
    visible,
    limit: MOST_ROWS,
  })
  return htmlPage('Waggle', indexHtml(found, query, language), language)
}
