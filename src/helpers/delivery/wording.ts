import type { DeliveryKind, Kept, Localised, Outcome, Owner } from './model.ts'

/** A language in which texts are shipped. */
export type Language = keyof Localised

/** The languages in which texts are shipped. */
export const LANGUAGES = ['en', 'zh'] as const satisfies readonly Language[]

/** Words for what has a short name in the model. */
type Words<K extends string> = Readonly<Record<K, Localised>>

const STAGES: Words<string> = {
  admission: { en: 'admission', zh: '准入' },
  queueing: { en: 'waiting in the scheduling queue', zh: '调度排队' },
  preemption: { en: 'preempting other pods', zh: '抢占' },
  scheduling: { en: 'finding a node', zh: '调度' },
  volumes: { en: 'volumes', zh: '挂载存储卷' },
  sandbox: { en: 'sandbox and network', zh: '沙箱与网络' },
  image_pull: { en: 'pulling image', zh: '拉取镜像' },
  init_container: { en: 'init container', zh: '初始化容器' },
  container_create: { en: 'creating container', zh: '创建容器' },
  container_start: { en: 'starting container', zh: '启动容器' },
  post_start: { en: 'post-start hook', zh: 'PostStart 钩子' },
  startup: { en: 'starting up', zh: '应用启动' },
  readiness: { en: 'becoming ready', zh: '等待就绪' },
  readiness_gate: { en: 'readiness gate', zh: '就绪门控' },
  pod_ready: { en: 'marked Ready', zh: '标记为 Ready' },
  container_kill: { en: 'stopping container', zh: '停止容器' },
  finalizer: { en: 'finalizer', zh: 'Finalizer' },
  run: { en: 'running', zh: '运行' },
  back_off: { en: 'waiting to be started again', zh: '等待再次启动' },
  pod_removal: { en: 'removing the pod', zh: '删除 Pod' },
}

const KINDS: Words<DeliveryKind> = {
  create: { en: 'created', zh: '创建' },
  delete: { en: 'deleted', zh: '删除' },
  restart: { en: 'container restarted', zh: '容器重启' },
}

const OUTCOMES: Words<Outcome | 'lasting'> = {
  ready: { en: 'Ready', zh: '已就绪' },
  succeeded: { en: 'succeeded', zh: '已成功结束' },
  failed: { en: 'failed', zh: '已失败' },
  rejected: { en: 'rejected by the API server', zh: '被 API Server 拒绝' },
  deleted: { en: 'gone', zh: '已删除' },
  expired: { en: 'not finished, no longer followed', zh: '未完成，已停止跟踪' },
  unknown: { en: 'end not seen', zh: '未看到结束' },
  lasting: { en: 'not finished', zh: '进行中' },
}

const PROMISES: Words<Kept> = {
  kept: { en: 'kept', zh: '达标' },
  broken: { en: 'broken', zh: '未达标' },
  excused: { en: 'excused', zh: '免责' },
  open: { en: 'open', zh: '未定' },
  unknown: { en: 'unknown', zh: '未知' },
}

const OWNERS: Words<Owner | 'none' | 'unknown'> = {
  platform: { en: 'platform', zh: '平台' },
  user: { en: 'user', zh: '用户' },
  none: { en: 'nobody', zh: '无' },
  unknown: { en: 'unknown', zh: '未知' },
}

/** What people call a stage; a user's own stage by its name. */
export function stageWords(type: string, language: Language): string {
  return Object.hasOwn(STAGES, type)
    ? (STAGES[type] as Localised)[language]
    : type.replaceAll('_', ' ')
}

/** What was done to a pod. */
export function kindWords(kind: DeliveryKind, language: Language): string {
  return KINDS[kind][language]
}

/** How a delivery stands; undefined while it lasts. */
export function outcomeWords(outcome: Outcome | undefined, language: Language): string {
  return OUTCOMES[outcome ?? 'lasting'][language]
}

/** Whether a promise was kept. */
export function keptWords(kept: Kept, language: Language): string {
  return PROMISES[kept][language]
}

/** Whose time, or whose turn. */
export function ownerWords(owner: Owner | 'none' | 'unknown', language: Language): string {
  return OWNERS[owner][language]
}

/** A duration that people read at a glance: `340 ms`, `1.2 s`, `47 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return joined(`${minutes} min`, seconds % 60, 's')
  return joined(`${Math.floor(minutes / 60)} h`, minutes % 60, 'min')
}

function joined(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${rest} ${unit}`
}
