import type { Localised } from '../../../src/helpers/delivery/model.ts'
import type { Code } from './codes.ts'

/** Why a container was started again, by what its end was called: the `{why}` of the sentence. */
export const whys: Partial<Record<Code, Localised>> = {
  OOMKilled: {
    en: 'after it was killed because it used more than its memory limit[ of {limit}]',
    zh: '因内存用量超过上限[ {limit} ]被终止',
  },
  LivenessProbeFailed: {
    en: 'after the kubelet killed it because its liveness probe failed[ ({detail})]',
    zh: '因存活探针失败[({detail})]被 kubelet 终止',
  },
  StartupProbeFailed: {
    en: 'after the kubelet killed it because its startup probe failed[ ({detail})]',
    zh: '因启动探针失败[({detail})]被 kubelet 终止',
  },
  PostStartHookFailed: {
    en: 'after the kubelet killed it because its post-start hook failed',
    zh: '因 PostStart 钩子失败被 kubelet 终止',
  },
  CommandNotExecutable: {
    en: 'after its program ended with exit code 126: a command could not be executed',
    zh: '的程序以退出码 126 结束(命令无法执行)',
  },
  CommandNotFound: {
    en: 'after its program ended with exit code 127: a command was not found',
    zh: '的程序以退出码 127 结束(找不到命令)',
  },
  ApplicationAborted: {
    en: 'after its program aborted itself (SIGABRT, exit code 134)',
    zh: '的程序主动中止(SIGABRT,退出码 134)',
  },
  ApplicationKilled: {
    en: 'after its program was killed (SIGKILL, exit code 137)',
    zh: '的程序被强制终止(SIGKILL,退出码 137)',
  },
  ApplicationCrashed: {
    en: 'after its program crashed (exit code {exit})',
    zh: '的程序崩溃(退出码 {exit})',
  },
  ApplicationTerminated: {
    en: 'after its program was asked to end (SIGTERM, exit code 143)',
    zh: '的程序被要求退出(SIGTERM,退出码 143)',
  },
  KilledBySignal: {
    en: 'after its program was ended by signal {signal}',
    zh: '的程序被信号 {signal} 终止',
  },
  ApplicationError: {
    en: 'after its program ended with exit code {exit}',
    zh: '的程序以退出码 {exit} 结束',
  },
  ExitedWithError: {
    en: 'after its program ended with[ exit code {exit}|an error]',
    zh: '的程序[以退出码 {exit} |出错]结束',
  },
  ExitedTooEarly: {
    en: 'after its program ended by itself, without an error',
    zh: '的程序自行正常结束',
  },
  ContainerLost: {
    en: 'after the kubelet no longer found it',
    zh: '在节点上已找不到',
  },
}

/** What there is to say where none of these is known. */
export const unseen: Localised = {
  en: 'after it had ended, nobody saw how',
  zh: '已结束(结束方式没有看到)',
}

/** What is said of a container that is ready again. */
export const again: Localised = {
  en: 'Container `{container}` was started again {why}; it was ready again after {took}.[ This was restart {restarts}.]',
  zh: '容器 `{container}` {why},已重新启动,{took}后恢复就绪。[这是第 {restarts} 次重启。]',
}

/** What is added where the kubelet waits longer each time. */
export const looping: Localised = {
  en: ' It is in a crash loop (CrashLoopBackOff)[ after {restarts}]: the kubelet puts the next start off[ by {pause}].',
  zh: '容器处于崩溃循环(CrashLoopBackOff)[,已重启 {restarts}],kubelet 推迟下一次启动[ {pause}]。',
}
