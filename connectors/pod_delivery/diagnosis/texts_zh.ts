import type { Texts } from './text.ts'

/** Every code in Chinese. */
export const chinese: Texts = {
  QuotaExceeded: [
    '命名空间 `{namespace}` 的配额 `{subject}` 已用完:{detail}。',
    '清理不用的资源、降低 Pod 的申请量,或申请提高配额。',
  ],
  QuotaNeedsRequests: [
    '命名空间 `{namespace}` 的配额 `{subject}` 要求每个 Pod 写明资源用量,而该 Pod 没有写:{detail}。',
    '在 Pod 定义中补上 requests 和 limits,或为命名空间配置带默认值的 LimitRange。',
  ],
  LimitRangeViolated: [
    'Pod 违反了命名空间 `{namespace}` 的 LimitRange:{detail}。',
    '把 requests 和 limits 调到允许范围内(`kubectl describe limitrange`)。',
  ],
  PodSecurityViolated: [
    '命名空间 `{namespace}` 只接受安全级别 `{subject}` 的 Pod,该 Pod 不符合:{detail}。',
    '按提示修改 `securityContext`,或换到允许的命名空间运行。',
  ],
  WebhookDenied: [
    '准入 webhook `{subject}` 拒绝了该 Pod[:{detail}]。',
    '按提示修改 Pod,或联系该 webhook 的负责人。',
  ],
  WebhookTimeout: [
    '准入 webhook `{subject}` 没有及时响应,API Server 因此拒绝了该 Pod。',
    '检查 webhook 后面的 Pod,并考虑是否可以用 `failurePolicy: Ignore`。',
  ],
  WebhookUnreachable: [
    '准入 webhook `{subject}` 无法调用,API Server 因此拒绝了该 Pod:{detail}。',
    '检查该 webhook 的 Service、Pod 和证书。',
  ],
  PolicyDenied: [
    '准入策略 ValidatingAdmissionPolicy `{subject}` 拒绝了该 Pod:{detail}。',
    '按提示修改 Pod,或联系该策略的负责人。',
  ],
  ServiceAccountMissing: [
    'Pod 使用的服务账号 `{subject}` 不存在。',
    '创建该服务账号,或改正 `serviceAccountName`。',
  ],
  PriorityClassMissing: [
    'Pod 使用的优先级类 `{subject}` 不存在。',
    '创建该优先级类,或改正 `priorityClassName`。',
  ],
  RuntimeClassMissing: [
    'Pod 使用的运行时类 `{subject}` 不存在。',
    '创建该运行时类,或改正 `runtimeClassName`。',
  ],
  NamespaceTerminating: [
    '命名空间 `{subject}` 正在删除,不再接受新的 Pod。',
    '等它删除完再重新创建,或换一个命名空间。',
  ],
  NamespaceMissing: ['命名空间 `{subject}` 不存在。', '创建该命名空间,或改正名称。'],
  PodInvalid: ['API Server 不接受该 Pod 定义:{message}。', '改正提示中指出的字段。'],
  PodExists: ['已经有名为 `{pod}` 的 Pod。', '先删除旧的,或使用 `generateName`。'],
  CreateForbidden: [
    '用户 `{subject}` 无权在命名空间 `{namespace}` 中创建 Pod。',
    '通过 Role 和 RoleBinding 授予 `pods` 的 `create` 权限。',
  ],
  ApiServerOverloaded: [
    'API Server 过于繁忙,没有接受该 Pod(429),共 {times}。',
    '检查 API Server 的负载和流量控制(`apiserver_flowcontrol_*`)。',
  ],
  ApiServerError: [
    'API Server 在接收该 Pod 时出错({status}):{message}。',
    '查看 API Server 的日志和 etcd。',
  ],
  CreateRejected: [
    'API Server 没有接受该 Pod({status})[:{message}]。',
    '查看提示;审计日志中有请求者和应答。',
  ],
  AdmissionTooMuchTime: [
    'API Server 接收该 Pod 用了 {took}。',
    '检查慢的准入 webhook(`apiserver_admission_webhook_admission_duration_seconds`)和 etcd。',
  ],
  SchedulingGated: [
    'Pod 被调度门控[ `{subject}` ]拦住,已 {took}。',
    '由设置门控的一方从 `spec.schedulingGates` 中移除。',
  ],
  PvcNotFound: [
    'Pod 使用的 PersistentVolumeClaim `{subject}` 不存在。',
    '在命名空间 `{namespace}` 中创建它,或改正 `claimName`。',
  ],
  VolumeUnbound: [
    'Pod 的 PersistentVolumeClaim 还没有绑定到卷,因此无法调度,已 {took}。',
    '检查该 PVC(`kubectl describe pvc`):存储类是否存在,供应程序是否在运行。',
  ],
  NodesNotReady: [
    '合适的节点状态异常({detail}):{message}。',
    '检查节点(`kubectl describe node`)及其 kubelet。',
  ],
  NodesUnschedulable: [
    '合适的节点已被设为不可调度(cordon):{message}。',
    '恢复节点(`kubectl uncordon`),或增加节点。',
  ],
  UntoleratedTaint: [
    '节点带有污点 `{subject}`,Pod 没有相应的容忍:{message}。',
    '在 Pod 定义中添加容忍,或去掉污点。',
  ],
  TaintedNodes: [
    '节点带有 Pod 不容忍的污点:{message}。',
    '用 `kubectl describe nodes` 查看是哪些:`not-ready` 之类说明节点有故障,其他污点需要给 Pod 添加容忍。',
  ],
  NodeAffinityMismatch: [
    '对该 Pod 开放的节点中,没有一个带有其 `nodeSelector` 或节点亲和性要求的标签:{message}。',
    '改正选择条件,或给节点打标签;如果本意是带污点的节点,还需要给 Pod 添加容忍。',
  ],
  NodeNameMismatch: ['Pod 指定的节点不存在:{message}。', '改正 `nodeName` 或亲和性中的字段选择。'],
  HostPortConflict: [
    'Pod 需要的主机端口在每个节点上都已被占用:{message}。',
    '用 Service 代替 `hostPort`、换端口,或让副本数少于节点数。',
  ],
  TopologySpreadUnsatisfied: [
    '调度会违反 Pod 自己的拓扑分布约束:{message}。',
    '改用 `whenUnsatisfiable: ScheduleAnyway` 或增大 `maxSkew`,或在 Pod 少的区域增加节点。',
  ],
  PodAntiAffinityUnsatisfied: [
    '每个节点上都有该 Pod 不能与之同处的 Pod:{message}。',
    '让副本数少于节点数、改用 `preferredDuringScheduling…`,或增加节点。',
  ],
  PodAffinityUnsatisfied: [
    '没有节点上有该 Pod 必须与之同处的 Pod:{message}。',
    '确认那些 Pod 在运行,并检查亲和性中的标签。',
  ],
  VolumeZoneConflict: [
    'Pod 的卷所在的可用区或节点放不下该 Pod:{message}。',
    '在该可用区增加容量,或用 `volumeBindingMode: WaitForFirstConsumer` 重建 PVC。',
  ],
  VolumeInUse: [
    'Pod 的卷只能由一个 Pod 使用,已被其他 Pod 占用:{message}。',
    '先删除另一个 Pod,或使用可多方挂载的卷。',
  ],
  VolumeLimitReached: ['节点可挂接的卷数已达上限:{message}。', '增加节点,或使用更大的机型。'],
  VolumeStorageShort: [
    '没有节点有足够的空闲存储放该卷:{message}。',
    '清理存储,或增加带存储的节点。',
  ],
  InsufficientCpu: [
    '没有节点有 Pod 申请的 {cpu} 核空闲 CPU:{message}。',
    '增加节点;如果用不了这么多,降低 `resources.requests.cpu`。',
  ],
  InsufficientMemory: [
    '没有节点有 Pod 申请的 {memory} 空闲内存:{message}。',
    '增加节点;如果用不了这么多,降低 `resources.requests.memory`。',
  ],
  InsufficientEphemeralStorage: [
    '没有节点有足够的空闲本地存储:{message}。',
    '清理磁盘、增加节点,或降低 `resources.requests.ephemeral-storage`。',
  ],
  InsufficientExtendedResource: [
    '没有节点有足够的空闲 `{subject}`:{message}。',
    '增加带该资源的节点,并检查设备插件是否在运行。',
  ],
  TooManyPods: ['节点上的 Pod 数已达上限:{message}。', '增加节点,或提高 kubelet 的 `maxPods`。'],
  DeviceClaimUnsatisfied: ['Pod 申请的设备无法分配:{message}。', '检查 ResourceClaim 及其驱动。'],
  NoNodes: ['集群中没有可用来运行 Pod 的节点。', '增加节点,或查明原有节点为何消失。'],
  BindingFailed: [
    '已选定节点,但绑定 Pod 失败,共 {times}:{message}。',
    '查看调度器日志和 API Server。',
  ],
  FailedScheduling: [
    '没有为 Pod 找到节点:{message}。',
    '查看提示;`kubectl describe nodes` 可看空闲资源。',
  ],
  SchedulerMissing: [
    'Pod 指定了调度器 `{subject}`,但 {took} 内没有它的任何动静。',
    '确认该调度器在运行,或改正 `schedulerName`。',
  ],
  SchedulerSilent: [
    '调度器已 {took} 没有处理该 Pod。',
    '检查 kube-scheduler 是否运行、队列有多长(`scheduler_pending_pods`)。',
  ],
  QueueingTooMuchTime: [
    'Pod 在调度队列中等了 {took}。',
    '查看 `scheduler_pending_pods`,以及是否同时来了很多 Pod。',
  ],
  PreemptionTooMuchTime: [
    '为该 Pod 腾出位置(抢占)用了 {took}。',
    '缩短低优先级 Pod 的优雅退出时间,或预留容量。',
  ],
  SchedulingTooMuchTime: ['寻找节点用了 {took}。', '检查调度器延迟和计算代价高的亲和性规则。'],
  EphemeralStorageExceeded: [
    '[`{subject}` 的]本地存储用量超过上限[ {limit}],Pod 被节点 `{node}` 驱逐。',
    '减少写盘,或提高上限(`ephemeral-storage`、`emptyDir.sizeLimit`)。',
  ],
  EvictedMemoryPressure: [
    '节点 `{node}` 内存不足,驱逐了该 Pod:{message}。',
    '按实际用量设置内存 requests,或给节点增加内存。',
  ],
  EvictedDiskPressure: [
    '节点 `{node}` 磁盘不足({detail}),驱逐了该 Pod:{message}。',
    '清理节点磁盘:镜像、日志、本地卷。',
  ],
  EvictedPidPressure: [
    '节点 `{node}` 进程号不足,驱逐了该 Pod:{message}。',
    '找出大量创建进程的程序,并设置 `podPidsLimit`。',
  ],
  EvictedNodeCondition: [
    '节点 `{node}` 处于 {detail} 状态,不接受 Pod。',
    '检查该节点(`kubectl describe node`)。',
  ],
  Evicted: ['Pod 被节点 `{node}` 驱逐[:{message}]。', '查看提示并检查节点。'],
  EvictedByApi: [
    'Pod 被驱逐请求移除[(`{user}` 发起)],例如排空节点时。',
    '如果是计划内的则无需处理;否则在审计日志中查看发起者。',
  ],
  EvictedByTaint: [
    '节点 `{node}` 被打上 Pod 不容忍的污点(多因节点故障),Pod 被移除。',
    '检查该节点;有控制器的 Pod 会在别处重建。',
  ],
  PreemptedByScheduler: [
    'Pod 为更高优先级的 Pod 让出了位置[({detail})]。',
    '提高其优先级类,或增加容量。',
  ],
  PreemptedByKubelet: [
    '节点 `{node}` 的 kubelet 为关键 Pod 腾位置,移除了该 Pod。',
    '为系统 Pod 在节点上多留余量。',
  ],
  PodGarbageCollected: ['Pod 所在节点 `{node}` 已不存在,Pod 被清理。', '查明节点为何消失。'],
  NodeShutdown: ['节点 `{node}` 关机,Pod 随之停止。', '关机前先排空节点。'],
  NodeNotReady: ['节点 `{node}` 不再上报状态。', '检查节点:kubelet、网络、是否开机。'],
  OutOfCpu: [
    'Pod 被绑定到 `{node}`,但那里 CPU 不够[:申请 {requested}m,已用 {used}m,共 {capacity}m]。',
    '检查是否有第二个调度器或直接写了 `nodeName`;该 Pod 需要重建。',
  ],
  OutOfMemory: [
    'Pod 被绑定到 `{node}`,但那里内存不够[:申请 {requested} 字节,已用 {used},共 {capacity}]。',
    '检查是否有第二个调度器或直接写了 `nodeName`;该 Pod 需要重建。',
  ],
  OutOfPods: [
    'Pod 被绑定到 `{node}`,但那里 Pod 数已满[:{used}/{capacity}]。',
    '检查是否有第二个调度器或直接写了 `nodeName`;该 Pod 需要重建。',
  ],
  OutOfExtendedResource: [
    'Pod 被绑定到 `{node}`,但那里 `{resource}` 不够[:申请 {requested},已用 {used},共 {capacity}]。',
    '检查节点的设备插件;该 Pod 需要重建。',
  ],
  NodeRejectedPod: [
    '节点 `{node}` 的 kubelet 拒绝了该 Pod({detail}):{message}。',
    '节点在绑定后发生了变化;该 Pod 需要重建。',
  ],
  DeviceUnavailable: ['节点 `{node}` 上没有可用的 `{subject}`。', '检查设备插件和节点上的设备。'],
  UnexpectedAdmissionError: [
    '节点 `{node}` 的 kubelet 在接收 Pod 时出错:{message}。',
    '查看 kubelet 日志;该 Pod 需要重建。',
  ],
  DeadlineExceeded: ['Pod 运行超过 `activeDeadlineSeconds`,已被停止。', '提高期限,或缩短任务。'],
  KubeletDelay: [
    'Pod 绑定后,节点 `{node}` 的 kubelet 有 {took} 没有任何动静。',
    '检查节点:是否在线、CPU 是否耗尽、kubelet 日志说了什么。',
  ],
  ConfigMapMissing: [
    'Pod 需要的 ConfigMap `{subject}` 在命名空间 `{namespace}` 中不存在。',
    '创建它或改正名称;kubelet 会自动重试。',
  ],
  SecretMissing: [
    'Pod 需要的 Secret `{subject}` 在命名空间 `{namespace}` 中不存在。',
    '创建它或改正名称;kubelet 会自动重试。',
  ],
  ConfigKeyMissing: [
    '[{detail}|ConfigMap 或 Secret] 中没有 Pod 需要的键 `{subject}`。',
    '添加该键或改正键名;kubelet 会自动重试。',
  ],
  VolumeClaimMissing: [
    '挂载时 PersistentVolumeClaim `{subject}` 已不存在。',
    '重新创建它,或改正 `claimName`。',
  ],
  VolumeUsedElsewhere: [
    '卷 `{subject}` 只能挂接到一个节点,正被 {detail} 使用。',
    '先让旧 Pod 结束(`strategy: Recreate`),或使用 `ReadWriteMany` 的卷。',
  ],
  VolumeAttachedElsewhere: [
    '卷 `{subject}` 仍挂接在另一个节点上,已 {took}。',
    '如果那个节点已停机,给它打上 `node.kubernetes.io/out-of-service`;否则检查 VolumeAttachment。',
  ],
  VolumeAttachTimeout: [
    '卷 `{subject}` 挂接到节点 `{node}` 超时,共 {times}。',
    '检查 CSI attacher 及其后端存储。',
  ],
  VolumeAttachFailed: [
    '卷[ `{subject}` ]无法挂接到节点 `{node}`,共 {times}:{detail}。',
    '检查 CSI attacher,以及云厂商对该磁盘的提示。',
  ],
  CsiDriverMissing: [
    '节点 `{node}` 上没有运行存储驱动 `{subject}`。',
    '检查驱动的 DaemonSet:该节点上的 Pod 及其容忍。',
  ],
  HostPathMismatch: [
    '卷 `{subject}` 的主机路径与 Pod 定义不符:{detail}。',
    '改正 `hostPath.path` 或 `type`,或先准备好节点。',
  ],
  VolumeAccessDenied: ['存储拒绝访问卷 `{subject}`:{detail}。', '检查导出目录、权限和卷的凭据。'],
  NfsUnreachable: [
    '节点 `{node}` 无法访问卷 `{subject}` 的 NFS 服务器:{detail}。',
    '检查服务器、域名和中间的防火墙。',
  ],
  VolumeNoSpace: ['节点 `{node}` 上卷 `{subject}` 没有剩余空间。', '清理磁盘,或扩容该卷。'],
  VolumeDamaged: [
    '卷 `{subject}` 的文件系统已损坏或类型不符:{detail}。',
    '在其他 Pod 中用 fsck 检查;改正 `fsType`;必要时恢复备份。',
  ],
  VolumeMountTimeout: [
    '在节点 `{node}` 上挂载卷[ `{subject}` ]超时,共 {times}。',
    '检查节点上的 CSI 驱动;文件多且设了 `fsGroup` 时用 `fsGroupChangePolicy: OnRootMismatch`。',
  ],
  VolumeMountFailed: [
    '卷[ `{subject}` ]无法在节点 `{node}` 上挂载,共 {times}:{detail}。',
    '查看提示;检查存储及节点上的驱动。',
  ],
  VolumesTooMuchTime: [
    '挂接和挂载卷用了 {took}。',
    '检查存储驱动,以及文件很多的卷上的 `fsGroup`。',
  ],
  NetworkNotReady: ['节点 `{node}` 的网络尚未就绪:{detail}。', '检查该节点上网络插件的 Pod。'],
  PodIpsExhausted: [
    '节点 `{node}` 上没有可分配给 Pod 的 IP 地址:{detail}。',
    '为节点或子网增加地址,或分散 Pod。',
  ],
  CniPluginMissing: [
    '节点 `{node}` 上没有安装网络插件[ `{subject}`][:{detail}]。',
    '检查 `/opt/cni/bin`、`/etc/cni/net.d` 以及安装它们的 DaemonSet。',
  ],
  CniFailed: [
    '在节点 `{node}` 上配置 Pod 网络失败,共 {times}:{message}。',
    '查看该节点上网络插件的日志。',
  ],
  SandboxNameReserved: [
    '节点 `{node}` 的运行时还占着该 Pod 的旧沙箱。',
    '检查容器运行时,可能过载或需要重启。',
  ],
  RuntimeHandlerMissing: [
    '节点 `{node}` 的容器运行时没有处理程序 `{subject}`。',
    '在节点上配置它,或用 RuntimeClass 的 `scheduling` 限定节点。',
  ],
  SandboxTimeout: [
    '在节点 `{node}` 上创建 Pod 沙箱超时,共 {times}。',
    '检查容器运行时及其磁盘,以及网络插件。',
  ],
  DevicePrepareFailed: [
    '在节点 `{node}` 上准备 Pod 的设备失败:{detail}。',
    '检查该节点上的资源驱动。',
  ],
  PodCgroupFailed: [
    '节点 `{node}` 的 kubelet 无法创建 Pod 的控制组:{detail}。',
    '检查 kubelet 与运行时的 cgroup 驱动以及节点的限制。',
  ],
  SandboxFailed: [
    '在节点 `{node}` 上创建 Pod 沙箱失败,共 {times}:{detail}。',
    '检查节点的容器运行时。',
  ],
  SandboxTooMuchTime: [
    '创建 Pod 沙箱和网络用了 {took}。',
    '检查节点 `{node}` 的容器运行时和网络插件。',
  ],
  InvalidImageName: [
    '容器 `{container}` 的镜像名 `{image}` 不合法。',
    '改正名称:小写、无空格、只有一个 `:tag` 或 `@sha256:…`。',
  ],
  ImageNeverPull: [
    '节点 `{node}` 上没有镜像 `{image}`,而 `imagePullPolicy: Never` 禁止拉取。',
    '把镜像放到节点上,或改用 `IfNotPresent`。',
  ],
  ImagePlatformMismatch: [
    '镜像 `{image}` 不支持节点 `{node}` 的处理器架构。',
    '为该架构构建镜像,或按 `kubernetes.io/arch` 选择节点。',
  ],
  ImageSignatureRejected: [
    '节点 `{node}` 不接受镜像 `{image}` 的签名。',
    '给镜像签名,或改正节点的策略。',
  ],
  RegistryRateLimited: [
    '镜像仓库暂时拒绝拉取 `{image}`(限流),共 {times},最近一次 {last}。',
    '使用凭据拉取,或使用自己的镜像加速。',
  ],
  ImageNotFound: [
    '容器 `{container}` 的镜像 `{image}` 不存在,已尝试 {times},最近一次 {last}。',
    '改正名称或标签,或推送该镜像。',
  ],
  ImagePullDenied: [
    '镜像仓库不允许拉取 `{image}`,或该镜像不存在;已尝试 {times}。',
    '检查镜像名,以及 Pod 或服务账号的 `imagePullSecrets`。',
  ],
  RegistryDnsFailed: [
    '节点 `{node}` 无法解析 `{image}` 的仓库域名,共 {times}。',
    '检查仓库域名和节点的 DNS。',
  ],
  RegistryRefused: [
    '节点 `{node}` 无法连接 `{image}` 的镜像仓库,共 {times}。',
    '检查仓库是否在运行以及中间的网络。',
  ],
  RegistryTlsFailed: [
    '节点 `{node}` 不信任 `{image}` 的镜像仓库的连接。',
    '检查仓库的证书和节点信任的证书机构。',
  ],
  RegistryTimeout: [
    '`{image}` 的镜像仓库没有及时响应,共 {times},最近一次 {last}。',
    '检查仓库和网络;大镜像可用就近的镜像加速。',
  ],
  RegistryServerError: [
    '`{image}` 的镜像仓库出错,共 {times},最近一次 {last}。',
    '检查仓库;kubelet 会自动重试。',
  ],
  ImageNoSpace: ['节点 `{node}` 没有空间存放镜像 `{image}`。', '清理节点磁盘,或换更大的磁盘。'],
  ImageInspectFailed: [
    '节点 `{node}` 的运行时无法读取镜像 `{image}`:{detail}。',
    '从节点上删除该镜像,并检查运行时。',
  ],
  ImagePullSecretMissing: [
    '拉取凭据 Secret `{subject}` 在命名空间 `{namespace}` 中不存在。',
    '创建它,或改正 `imagePullSecrets`。',
  ],
  ImagePullFailed: [
    '镜像 `{image}` 拉取失败,共 {times},最近一次 {last}:{detail}。',
    '查看提示;在节点 `{node}` 上手动拉取试试(`crictl pull`)。',
  ],
  ImagePullBackOff: [
    '容器 `{container}` 的镜像 `{image}` 拉取失败,原因没有看到。',
    '用 `kubectl describe pod` 查看原因;检查名称、标签和拉取凭据。',
  ],
  ImagePullQueueTooMuchTime: [
    '拉取 `{subject}` 用了 {took},其中大部分在等节点上的其他拉取。',
    '设置 kubelet 的 `serializeImagePulls: false` 和 `maxParallelImagePulls`。',
  ],
  ImagePullTooMuchTime: [
    '拉取镜像 `{subject}` 用了 {took}。',
    '缩小镜像、使用就近的镜像加速,或提前分发到节点。',
  ],
  RunAsNonRootViolated: [
    '容器 `{container}` 不允许以 root 运行,而其镜像是 root:{detail}。',
    '设置 `runAsUser`,或在镜像中用数字设置 `USER`。',
  ],
  SubPathInvalid: [
    '容器 `{container}` 的挂载 `subPath` 无法使用:{detail}。',
    '改正 `subPath`,并检查卷中的内容。',
  ],
  ImageVolumeFailed: [
    '作为卷挂载的镜像无法用于容器 `{container}`:{detail}。',
    '检查镜像卷的引用,以及节点运行时是否支持。',
  ],
  ContainerConfigError: ['无法按定义创建容器 `{container}`:{detail}。', '改正提示中指出的内容。'],
  ContainerNameReserved: [
    '节点 `{node}` 的运行时还占着容器 `{container}` 的旧名字。',
    '检查容器运行时,可能过载或需要重启。',
  ],
  ContainerCreateTimeout: [
    '节点 `{node}` 的运行时创建容器 `{container}` 超时,共 {times}。',
    '检查节点的磁盘和负载。',
  ],
  ContainerCreateFailed: [
    '节点 `{node}` 的运行时无法创建容器 `{container}`:{detail}。',
    '查看提示;检查容器运行时。',
  ],
  ContainerCreateTooMuchTime: [
    '创建容器 `{subject}` 用了 {took}。',
    '检查节点 `{node}` 的磁盘和负载。',
  ],
  CommandNotFound: [
    '容器 `{container}` 的镜像中没有启动命令[ `{subject}`]。',
    '改正 `command`,或把程序打进镜像。',
  ],
  CommandNotExecutable: [
    '容器 `{container}` 的启动命令[ `{subject}` ]不可执行。',
    '在镜像中设置可执行权限(`chmod +x`),并检查运行用户。',
  ],
  ExecFormatError: [
    '容器 `{container}` 的程序不适合节点 `{node}` 的处理器,或脚本缺少首行。',
    '为该架构构建镜像;脚本以 `#!` 开头。',
  ],
  MountPathInvalid: [
    '容器 `{container}` 的挂载与镜像不符:{detail}。',
    '文件挂到文件、目录挂到目录;改正 `mountPath`。',
  ],
  MemoryLimitTooLow: [
    '容器 `{container}` 的内存上限太小,无法启动。',
    '提高 `resources.limits.memory`(检查单位是否正确)。',
  ],
  ContainerStartFailed: [
    '节点 `{node}` 的运行时无法启动容器 `{container}`,共 {times}:{detail}。',
    '查看提示;检查容器运行时。',
  ],
  ContainerStartTooMuchTime: ['启动容器 `{subject}` 用了 {took}。', '检查节点 `{node}` 的负载。'],
  InitContainerFailed: [
    '初始化容器 `{container}` 出错退出[(退出码 {exit})],共 {times},最近一次 {last}。',
    '查看原因:`kubectl logs {pod} -c {container} --previous`。',
  ],
  InitContainerTooMuchTime: [
    '初始化容器 `{subject}` 用了 {took}。',
    '查看它在做什么或等什么:`kubectl logs {pod} -c {subject}`。',
  ],
  PostStartHookFailed: [
    '容器 `{container}` 的 `postStart` 钩子失败,共 {times},容器因此被终止。',
    '在容器中手动运行该钩子;输出在 kubelet 日志中。',
  ],
  PostStartTooMuchTime: [
    '容器 `{subject}` 的 `postStart` 钩子用了 {took}。',
    '缩短钩子;钩子结束后容器才算运行。',
  ],
  StartupProbeFailed: [
    '容器 `{container}` 没有在启动探针给的时间内启动,共 {times},最近一次 {last}[:{detail}]。',
    '放宽时间(`failureThreshold` × `periodSeconds`),或查明为何启动慢。',
  ],
  StartupTooMuchTime: [
    '容器 `{subject}` 的程序启动用了 {took}。',
    '查看这段时间程序在做什么;增加 CPU 往往有效。',
  ],
  OOMKilled: [
    '容器 `{container}` 的内存用量超过上限[ {limit} ]被终止,共 {times},最近一次 {last}。',
    '提高 `resources.limits.memory`,或找出占用内存的原因。',
  ],
  LivenessProbeFailed: [
    '容器 `{container}` 的存活探针失败,共 {times},最近一次 {last}[:{detail}]。',
    '检查程序是否卡死,或探针是否过严(`timeoutSeconds`、`initialDelaySeconds`)。',
  ],
  ApplicationError: [
    '容器 `{container}` 的程序以退出码 1 结束,共 {times},最近一次 {last}。',
    '查看原因:`kubectl logs {pod} -c {container} --previous`。',
  ],
  ApplicationAborted: [
    '容器 `{container}` 的程序自行中止(SIGABRT,退出码 134),共 {times},最近一次 {last}。',
    '查看最后的日志:`kubectl logs {pod} -c {container} --previous`。',
  ],
  ApplicationCrashed: [
    '容器 `{container}` 的程序崩溃(退出码 {exit},如非法内存访问),共 {times},最近一次 {last}。',
    '查看最后的日志和 core 文件;确认镜像与处理器架构相符。',
  ],
  ApplicationKilled: [
    '容器 `{container}` 的程序被强制终止(SIGKILL,退出码 137),共 {times},最近一次 {last}。',
    '检查之前是否有探针失败、Pod 或节点内存是否不足、信号由谁发出。',
  ],
  ApplicationTerminated: [
    '容器 `{container}` 的程序被要求退出(SIGTERM,退出码 143),共 {times},最近一次 {last}。',
    '查明信号由谁发出:探针失败、钩子或其他程序。',
  ],
  KilledBySignal: [
    '容器 `{container}` 的程序被信号 {signal} 终止,共 {times},最近一次 {last}。',
    '查看最后的日志:`kubectl logs {pod} -c {container} --previous`。',
  ],
  ExitedWithError: [
    '容器 `{container}` 的程序[以退出码 {exit} |出错]结束,共 {times},最近一次 {last}。',
    '查看原因:`kubectl logs {pod} -c {container} --previous`。',
  ],
  ExitedTooEarly: [
    '容器 `{container}` 的程序正常退出,共 {times},但它本应一直运行。',
    '让程序在前台运行;会结束的任务请用 Job。',
  ],
  ContainerLost: [
    '节点 `{node}` 的 kubelet 找不到容器 `{container}` 了。',
    '检查节点是否重启过,或容器是否被手动删除。',
  ],
  CrashLoopBackOff: [
    '容器 `{container}` 反复退出,共 {times},退出方式没有看到。',
    '查看原因:`kubectl logs {pod} -c {container} --previous`。',
  ],
  ReadinessHttpFailed: [
    '容器 `{container}` 对就绪探针返回 HTTP 状态码 {detail},共 {times},最近一次 {last}。',
    '查看程序为何未就绪;检查探针的路径和端口。',
  ],
  ReadinessRefused: [
    '容器 `{container}` 不接受就绪探针的连接({detail}),共 {times},最近一次 {last}。',
    '确认程序在所有地址上监听探针的端口。',
  ],
  ReadinessTimeout: [
    '容器 `{container}` 没有及时响应就绪探针,共 {times},最近一次 {last}。',
    '查明程序忙于什么;提高探针的 `timeoutSeconds`。',
  ],
  ReadinessGrpcFailed: [
    '容器 `{container}` 的 gRPC 就绪探针失败({detail}),共 {times},最近一次 {last}。',
    '检查程序的健康检查服务和探针的 `service`。',
  ],
  ReadinessExecFailed: [
    '容器 `{container}` 的就绪探针失败,共 {times},最近一次 {last}[:{detail}]。',
    '在容器中手动运行该探针。',
  ],
  ReadinessTooMuchTime: [
    '容器 `{subject}` 从启动到就绪用了 {took}。',
    '查看这段时间程序在做什么;检查探针的周期和延迟。',
  ],
  ReadinessGateNotReady: [
    'Pod 在等就绪门控[ `{subject}`],已 {took}。',
    '检查负责设置该条件的控制器。',
  ],
  ReadinessGateTooMuchTime: ['就绪门控 `{subject}` 用了 {took}。', '检查负责设置该条件的控制器。'],
  PodReadyTooMuchTime: [
    '所有容器就绪后,又过了 {took} Pod 才标为就绪。',
    '检查节点 `{node}` 的 kubelet 和 API Server 的负载。',
  ],
  EvictionBlocked: [
    'PodDisruptionBudget 不允许驱逐该 Pod,已请求 {times},最近一次 {last}。',
    '增加副本,或放宽预算(`kubectl get pdb`)。',
  ],
  DeleteRefused: [
    'API Server 拒绝删除该 Pod({status})[:{detail}]。',
    '查看提示;常见原因是 webhook 或权限不足。',
  ],
  KillFailed: [
    '节点 `{node}` 的 kubelet 无法停止该 Pod,共 {times}:{detail}。',
    '检查节点的容器运行时,以及卡在内核中的进程。',
  ],
  GracePeriodExceeded: [
    '节点 `{node}` 的运行时没有在优雅退出时间内停止容器。',
    '检查节点的容器运行时。',
  ],
  PreStopHookFailed: ['容器 `{container}` 的 `preStop` 钩子失败。', '在容器中手动运行该钩子。'],
  FinalizerLeft: [
    'Pod 因终结器 `{subject}` 无法删除,已 {took}。',
    '检查负责移除它的控制器;如果控制器已不存在,手动移除终结器。',
  ],
  JobStopped: [
    'Pod 完成前所属 Job 已结束:被暂停、被删除、超时,或失败次数过多(`backoffLimit`)。',
    '查看是哪一种:`kubectl describe job`。',
  ],
  DeletedBeforeReady: [
    'Pod 在就绪前被删除[(由 `{user}`)]。',
    '如果是有意的(发布新版本、缩容)则无需处理。',
  ],
  ContainerKillTooMuchTime: [
    '停止容器 `{subject}` 用了 {took}。',
    '让程序收到 SIGTERM 就退出;缩短 `preStop` 和 `terminationGracePeriodSeconds`。',
  ],
  FinalizerTooMuchTime: ['终结器 `{subject}` 使 Pod 多留了 {took}。', '检查负责移除它的控制器。'],
  PodRemovalTooMuchTime: [
    '容器结束后,移除 Pod 又用了 {took}。',
    '检查无法卸载的卷和节点 `{node}` 的 kubelet。',
  ],
  UserStageTooMuchTime: [
    '阶段 `{stage}`[(`{subject}`)]用了 {took}。',
    '检查该自定义阶段对应的工作。',
  ],
  InProgress: ['目前一切正常[;`{stage}` 已进行 {took}]。', '无需处理,请等待。'],
  Success: ['一切顺利,用时 {took}。', '无需处理。'],
  Unknown: [
    '[在已看到的部分中没有出错,当时处于 `{stage}`|从已看到的内容中无法判断原因]。',
    '查看 `kubectl describe pod {pod}` 和节点;确认审计策略记录了 Pod 和事件。',
  ],
}
