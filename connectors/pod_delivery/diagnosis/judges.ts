import type { DeliveryKind } from '../../../src/helpers/delivery/model.ts'
import { inOrder } from '../order.ts'
import { admission } from './rules_admission.ts'
import { deletion } from './rules_deletion.ts'
import { image } from './rules_image.ts'
import { kubelet, node } from './rules_node.ts'
import { init, readiness, readinessGate, running, startup } from './rules_running.ts'
import { sandbox } from './rules_sandbox.ts'
import { scheduling } from './rules_scheduling.ts'
import { create, postStart, start } from './rules_start.ts'
import { volumes } from './rules_volumes.ts'
import type { StageJudge } from './rule.ts'

const declared: readonly StageJudge[] = [
  admission,
  scheduling,
  node,
  volumes,
  sandbox,
  kubelet,
  image,
  create,
  start,
  init,
  postStart,
  startup,
  running,
  readiness,
  readinessGate,
  deletion,
]

/** Every judge, in the order in which a pod's stages depend on each other: the first to object is heard. */
export const judges: readonly StageJudge[] = inOrder(
  declared.map((judge) => ({ name: judge.stage, after: judge.after, judge })),
  'stages wait for',
).map(({ judge }) => judge)

/** What is in the way of a deletion comes before what it is for. */
const leaving: readonly StageJudge[] = [kubelet, deletion, node]
const restarting = new Set(
  'image create start init post_start startup running readiness'.split(' '),
)

/** Those that have a say: a pod that is taken down has its own, a restart begins at the image. */
export function judgesOf(kind: DeliveryKind): readonly StageJudge[] {
  if (kind === 'create') return judges
  return kind === 'delete' ? leaving : judges.filter(({ stage }) => restarting.has(stage))
}
