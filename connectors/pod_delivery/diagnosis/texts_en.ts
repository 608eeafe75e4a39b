import type { Texts } from './text.ts'

/** Every code in English. */
export const english: Texts = {
  QuotaExceeded: [
    'The namespace `{namespace}` has used up its quota `{subject}`: {detail}.',
    'Free what is not needed, ask for less in the pod spec, or have the quota raised.',
  ],
  QuotaNeedsRequests: [
    'The quota `{subject}` of namespace `{namespace}` asks every pod to name its needs, and this one does not: {detail}.',
    'Write the missing requests and limits into the pod spec, or give the namespace a LimitRange with defaults.',
  ],
  LimitRangeViolated: [
    'The pod breaks the LimitRange of namespace `{namespace}`: {detail}.',
    'Bring requests and limits within the range (`kubectl describe limitrange`).',
  ],
  PodSecurityViolated: [
    'The namespace `{namespace}` only takes pods of the security level `{subject}`, and this one is not: {detail}.',
    'Change the `securityContext` as the message says, or run the pod where this is allowed.',
  ],
  WebhookDenied: [
    'The admission webhook `{subject}` refused the pod[: {detail}].',
    'Change the pod as the message says, or ask those who own the webhook.',
  ],
  WebhookTimeout: [
    'The admission webhook `{subject}` did not answer in time, so that the API server refused the pod.',
    'Look at the pods behind the webhook, and whether `failurePolicy: Ignore` would do for it.',
  ],
  WebhookUnreachable: [
    'The admission webhook `{subject}` could not be called, so that the API server refused the pod: {detail}.',
    "Look at the webhook's Service, its pods and its certificate.",
  ],
  PolicyDenied: [
    'The ValidatingAdmissionPolicy `{subject}` refused the pod: {detail}.',
    'Change the pod as the message says, or ask those who own the policy.',
  ],
  ServiceAccountMissing: [
    'The pod runs as service account `{subject}`, which does not exist.',
    'Create the service account, or correct `serviceAccountName`.',
  ],
  PriorityClassMissing: [
    'The pod names the priority class `{subject}`, which does not exist.',
    'Create the priority class, or correct `priorityClassName`.',
  ],
  RuntimeClassMissing: [
    'The pod names the runtime class `{subject}`, which does not exist.',
    'Create the runtime class, or correct `runtimeClassName`.',
  ],
  NamespaceTerminating: [
    'The namespace `{subject}` is being deleted and takes no more pods.',
    'Wait until it is gone and create it again, or use another namespace.',
  ],
  NamespaceMissing: [
    'The namespace `{subject}` does not exist.',
    'Create the namespace, or correct its name.',
  ],
  PodInvalid: [
    'The API server does not accept the pod spec: {message}.',
    'Correct the field that the message names.',
  ],
  PodExists: [
    'There is a pod of the name `{pod}` already.',
    'Delete the old one first, or use `generateName`.',
  ],
  CreateForbidden: [
    'The user `{subject}` may not create pods in namespace `{namespace}`.',
    'Grant `create` on `pods` by a Role and a RoleBinding.',
  ],
  ApiServerOverloaded: [
    'The API server was too busy to take the pod (429), {times}.',
    "Look at the API server's load and at its flow control (`apiserver_flowcontrol_*`).",
  ],
  ApiServerError: [
    'The API server failed when it was to take the pod ({status}): {message}.',
    'Look at the log of the API server and at etcd.',
  ],
  CreateRejected: [
    'The API server did not take the pod ({status})[: {message}].',
    'Read the message; who asked and what was answered is in the audit log.',
  ],
  AdmissionTooMuchTime: [
    'Taking the pod in took the API server {took}.',
    'Look at slow admission webhooks (`apiserver_admission_webhook_admission_duration_seconds`) and at etcd.',
  ],
  SchedulingGated: [
    'The pod is held back by scheduling gates[ `{subject}`], for {took}.',
    'Whoever set the gates has to remove them from `spec.schedulingGates`.',
  ],
  PvcNotFound: [
    'The pod claims the volume `{subject}`, and there is no such PersistentVolumeClaim.',
    'Create the claim in namespace `{namespace}`, or correct `claimName`.',
  ],
  VolumeUnbound: [
    'A PersistentVolumeClaim of the pod has no volume yet, so that it cannot be placed, for {took}.',
    'Look at the claim (`kubectl describe pvc`): does its storage class exist, and does the provisioner run?',
  ],
  NodesNotReady: [
    'The nodes that would fit are not in order ({detail}): {message}.',
    'Look at the nodes (`kubectl describe node`) and at their kubelets.',
  ],
  NodesUnschedulable: [
    'The nodes that would fit are closed to new pods (cordoned): {message}.',
    'Open nodes again (`kubectl uncordon`), or add some.',
  ],
  UntoleratedTaint: [
    'The nodes have the taint `{subject}`, which the pod does not tolerate: {message}.',
    'Add a toleration to the pod spec, or take the taint off.',
  ],
  TaintedNodes: [
    'The nodes have taints that the pod does not tolerate: {message}.',
    'See which (`kubectl describe nodes`): one of the cluster, as `not-ready`, means sick nodes; for another the pod needs a toleration.',
  ],
  NodeAffinityMismatch: [
    'Of the nodes that are open to the pod none has the labels that its `nodeSelector` or node affinity asks for: {message}.',
    'Correct the selector, or label nodes; if a node with a taint was meant, the pod needs a toleration too.',
  ],
  NodeNameMismatch: [
    'The pod asks for a node by name that is not there: {message}.',
    'Correct `nodeName` or the field selector of the affinity.',
  ],
  HostPortConflict: [
    'The host ports that the pod wants are taken on every node: {message}.',
    'Use a Service in place of `hostPort`, another port, or fewer replicas than nodes.',
  ],
  TopologySpreadUnsatisfied: [
    'The pod would break its own rule of spreading over zones or nodes: {message}.',
    'Use `whenUnsatisfiable: ScheduleAnyway` or a larger `maxSkew`, or add nodes where there are few pods.',
  ],
  PodAntiAffinityUnsatisfied: [
    'Every node has a pod that this one must not be beside: {message}.',
    'Use fewer replicas than nodes, `preferredDuringScheduling…`, or add nodes.',
  ],
  PodAffinityUnsatisfied: [
    'No node has the pods that this one must be beside: {message}.',
    'Check that those pods run and that the labels in the affinity are right.',
  ],
  VolumeZoneConflict: [
    "The pod's volume is in a zone or on a node where there is no room for the pod: {message}.",
    'Add capacity in that zone, or make the claim again with `volumeBindingMode: WaitForFirstConsumer`.',
  ],
  VolumeInUse: [
    "The pod's volume is used by another pod and may be used by one only: {message}.",
    'Delete the other pod first, or use a volume that several may mount.',
  ],
  VolumeLimitReached: [
    'The nodes have as many volumes attached as they can: {message}.',
    'Add nodes, or nodes of a larger type.',
  ],
  VolumeStorageShort: [
    'No node has enough free storage for the volume: {message}.',
    'Free storage, or add nodes that have some.',
  ],
  InsufficientCpu: [
    'No node has the {cpu} CPU cores free that the pod requests: {message}.',
    'Add nodes, or lower `resources.requests.cpu` if the pod needs less.',
  ],
  InsufficientMemory: [
    'No node has the {memory} of memory free that the pod requests: {message}.',
    'Add nodes, or lower `resources.requests.memory` if the pod needs less.',
  ],
  InsufficientEphemeralStorage: [
    'No node has enough local storage free for the pod: {message}.',
    'Free disks, add nodes, or lower `resources.requests.ephemeral-storage`.',
  ],
  InsufficientExtendedResource: [
    'No node has enough `{subject}` free for the pod: {message}.',
    'Add nodes that have it, and check that its device plugin runs on those that should.',
  ],
  TooManyPods: [
    'The nodes have as many pods as they may: {message}.',
    'Add nodes, or raise `maxPods` of the kubelet.',
  ],
  DeviceClaimUnsatisfied: [
    'The devices that the pod claims cannot be given to it: {message}.',
    'Look at the ResourceClaim and at the driver that serves it.',
  ],
  NoNodes: [
    'The cluster has no node for pods at all.',
    'Add nodes, or look why those there were have gone.',
  ],
  BindingFailed: [
    'A node was chosen, but the pod could not be bound to it, {times}: {message}.',
    "Look at the scheduler's log and at the API server.",
  ],
  FailedScheduling: [
    'No node was found for the pod: {message}.',
    'Read the message; `kubectl describe nodes` shows what is free.',
  ],
  SchedulerMissing: [
    'The pod wants the scheduler `{subject}`, from which nothing was heard for {took}.',
    'Check that this scheduler runs, or correct `schedulerName`.',
  ],
  SchedulerSilent: [
    'The scheduler has not looked at the pod for {took}.',
    'Check that kube-scheduler runs and how long its queue is (`scheduler_pending_pods`).',
  ],
  QueueingTooMuchTime: [
    'The pod waited {took} in the queue of the scheduler.',
    'Look at `scheduler_pending_pods`, and whether many pods came at once.',
  ],
  PreemptionTooMuchTime: [
    'Other pods had to leave for this one, which took {took}.',
    'Shorten the grace period of the pods of lower priority, or keep spare capacity.',
  ],
  SchedulingTooMuchTime: [
    'Finding a node took {took}.',
    "Look at the scheduler's latency and at affinity rules that are costly to check.",
  ],
  EphemeralStorageExceeded: [
    'The pod was thrown off node `{node}` because [`{subject}`|it] used more than its limit of local storage[, {limit}].',
    'Write less to the disk, or raise the limit (`ephemeral-storage`, `emptyDir.sizeLimit`).',
  ],
  EvictedMemoryPressure: [
    'The node `{node}` ran short of memory and threw the pod off: {message}.',
    'Set memory requests to what the pods use, or add memory to the node.',
  ],
  EvictedDiskPressure: [
    'The node `{node}` ran short of disk ({detail}) and threw the pod off: {message}.',
    'Clean up the disk of the node: images, logs, local volumes.',
  ],
  EvictedPidPressure: [
    'The node `{node}` ran short of process ids and threw the pod off: {message}.',
    'Find what starts so many processes, and set `podPidsLimit`.',
  ],
  EvictedNodeCondition: [
    'The node `{node}` took no pods because it was in the condition {detail}.',
    'Look at the node (`kubectl describe node`).',
  ],
  Evicted: [
    'The pod was evicted from node `{node}`[: {message}].',
    'Read the message and look at the node.',
  ],
  EvictedByApi: [
    'The pod was evicted by a request[ of `{user}`], as when a node is drained.',
    'Nothing, if this was planned; else see in the audit log who asked.',
  ],
  EvictedByTaint: [
    'The node `{node}` got a taint that the pod does not tolerate, mostly because it failed, and the pod was removed.',
    'Look at the node; the pod comes again elsewhere if something owns it.',
  ],
  PreemptedByScheduler: [
    'The pod had to make room for one of higher priority[ ({detail})].',
    'Give it a higher priority class, or add capacity.',
  ],
  PreemptedByKubelet: [
    'The kubelet of `{node}` removed the pod to make room for a critical one.',
    'Leave more room on the node for system pods.',
  ],
  PodGarbageCollected: [
    'The pod was removed because its node `{node}` no longer exists.',
    'Look why the node went away.',
  ],
  NodeShutdown: [
    'The node `{node}` was shut down, and the pod with it.',
    'Drain nodes before they are shut down.',
  ],
  NodeNotReady: [
    'The node `{node}` does not report itself any more.',
    'Look at the node: its kubelet, its network, whether it is up.',
  ],
  OutOfCpu: [
    'The pod was bound to `{node}`, where too little CPU was left[: {requested}m asked for, {used}m of {capacity}m used].',
    'Look for a second scheduler or `nodeName` in pod specs; the pod has to be created again.',
  ],
  OutOfMemory: [
    'The pod was bound to `{node}`, where too little memory was left[: {requested} bytes asked for, {used} of {capacity} used].',
    'Look for a second scheduler or `nodeName` in pod specs; the pod has to be created again.',
  ],
  OutOfPods: [
    'The pod was bound to `{node}`, which had as many pods as it may[: {used} of {capacity}].',
    'Look for a second scheduler or `nodeName` in pod specs; the pod has to be created again.',
  ],
  OutOfExtendedResource: [
    'The pod was bound to `{node}`, where too little `{resource}` was left[: {requested} asked for, {used} of {capacity} used].',
    'Look at the device plugin of the node; the pod has to be created again.',
  ],
  NodeRejectedPod: [
    'The kubelet of `{node}` did not take the pod ({detail}): {message}.',
    'The node changed after the pod was bound; it has to be created again.',
  ],
  DeviceUnavailable: [
    'The node `{node}` had no `{subject}` in order left for the pod.',
    'Look at the device plugin and at the devices of the node.',
  ],
  UnexpectedAdmissionError: [
    'The kubelet of `{node}` failed when it was to take the pod: {message}.',
    "Look at the kubelet's log; the pod has to be created again.",
  ],
  DeadlineExceeded: [
    'The pod ran longer than its `activeDeadlineSeconds` and was stopped.',
    'Raise the deadline, or make the work shorter.',
  ],
  KubeletDelay: [
    'The kubelet of `{node}` said nothing about the pod for {took} after it was bound.',
    "Look at the node: is it up, is its CPU used up, what does the kubelet's log say?",
  ],
  ConfigMapMissing: [
    'The pod needs the ConfigMap `{subject}`, which does not exist in namespace `{namespace}`.',
    'Create it, or correct the name; the kubelet tries again by itself.',
  ],
  SecretMissing: [
    'The pod needs the Secret `{subject}`, which does not exist in namespace `{namespace}`.',
    'Create it, or correct the name; the kubelet tries again by itself.',
  ],
  ConfigKeyMissing: [
    'The pod needs the key `{subject}`, which is not in[ {detail}|its ConfigMap or Secret].',
    'Add the key, or correct its name; the kubelet tries again by itself.',
  ],
  VolumeClaimMissing: [
    'The PersistentVolumeClaim `{subject}` was gone when it was to be mounted.',
    'Create the claim again, or correct `claimName`.',
  ],
  VolumeUsedElsewhere: [
    'The volume `{subject}` can be attached to one node only and is in use by {detail}.',
    'Let the old pod end first (`strategy: Recreate`), or use a volume of `ReadWriteMany`.',
  ],
  VolumeAttachedElsewhere: [
    'The volume `{subject}` is still attached to another node, for {took}.',
    'If that node is down, mark it `node.kubernetes.io/out-of-service`; else look at its VolumeAttachment.',
  ],
  VolumeAttachTimeout: [
    'Attaching the volume `{subject}` to node `{node}` took too long, {times}.',
    'Look at the CSI attacher and at the storage behind it.',
  ],
  VolumeAttachFailed: [
    'The volume[ `{subject}`] could not be attached to node `{node}`, {times}: {detail}.',
    'Look at the CSI attacher, and at what the cloud says of the disk.',
  ],
  CsiDriverMissing: [
    'The storage driver `{subject}` does not run on node `{node}`.',
    "Look at the driver's DaemonSet: its pod on this node, its tolerations.",
  ],
  HostPathMismatch: [
    'The host path of volume `{subject}` is not what the pod spec says: {detail}.',
    'Correct `hostPath.path` or its `type`, or prepare the node.',
  ],
  VolumeAccessDenied: [
    'The storage refused access to volume `{subject}`: {detail}.',
    'Check the export, its rights and the credentials of the volume.',
  ],
  NfsUnreachable: [
    'The NFS server of volume `{subject}` cannot be reached from node `{node}`: {detail}.',
    'Check the server, its name and the firewall between.',
  ],
  VolumeNoSpace: [
    'There was no space left for volume `{subject}` on node `{node}`.',
    'Clean up the disk, or enlarge the volume.',
  ],
  VolumeDamaged: [
    'The file system of volume `{subject}` is damaged or of another kind: {detail}.',
    'Check it with fsck from another pod; correct `fsType`; restore it if need be.',
  ],
  VolumeMountTimeout: [
    'Mounting the volume[ `{subject}`] on node `{node}` took too long, {times}.',
    'Look at the CSI driver of the node; many files with `fsGroup` need `fsGroupChangePolicy: OnRootMismatch`.',
  ],
  VolumeMountFailed: [
    'The volume[ `{subject}`] could not be mounted on node `{node}`, {times}: {detail}.',
    'Read the message; look at the storage and its driver on the node.',
  ],
  VolumesTooMuchTime: [
    'Attaching and mounting the volumes took {took}.',
    'Look at the storage driver, and at `fsGroup` on volumes with many files.',
  ],
  NetworkNotReady: [
    'The network of node `{node}` is not set up: {detail}.',
    "Look at the network plug-in's pod on this node.",
  ],
  PodIpsExhausted: [
    'There was no IP address left for the pod on node `{node}`: {detail}.',
    'Give the node or the subnet more addresses, or spread the pods.',
  ],
  CniPluginMissing: [
    'The network plug-in[ `{subject}`] is not installed on node `{node}`[: {detail}].',
    'Look at `/opt/cni/bin` and `/etc/cni/net.d`, and at the DaemonSet that fills them.',
  ],
  CniFailed: [
    "The pod's network could not be set up on node `{node}`, {times}: {message}.",
    "Look at the network plug-in's log on this node.",
  ],
  SandboxNameReserved: [
    'The runtime of node `{node}` still holds an older sandbox of the pod.',
    'Look at the container runtime; it may be overloaded or need a restart.',
  ],
  RuntimeHandlerMissing: [
    'The container runtime of node `{node}` does not know the handler `{subject}`.',
    'Set the handler up on the node, or keep such pods to nodes that have it (`scheduling` of the RuntimeClass).',
  ],
  SandboxTimeout: [
    "Making the pod's sandbox on node `{node}` took too long, {times}.",
    'Look at the container runtime and its disk, and at the network plug-in.',
  ],
  DevicePrepareFailed: [
    'The devices of the pod could not be made ready on node `{node}`: {detail}.',
    'Look at the driver of the resource on this node.',
  ],
  PodCgroupFailed: [
    'The kubelet of `{node}` could not make the control group of the pod: {detail}.',
    'Look at the cgroup driver of kubelet and runtime, and at limits of the node.',
  ],
  SandboxFailed: [
    "The pod's sandbox could not be made on node `{node}`, {times}: {detail}.",
    'Look at the container runtime of the node.',
  ],
  SandboxTooMuchTime: [
    'Sandbox and network of the pod took {took}.',
    'Look at the container runtime and the network plug-in of node `{node}`.',
  ],
  InvalidImageName: [
    'The image name `{image}` of container `{container}` is not a valid one.',
    'Correct the name: lower case, no spaces, one `:tag` or `@sha256:…`.',
  ],
  ImageNeverPull: [
    'The image `{image}` is not on node `{node}`, and `imagePullPolicy: Never` forbids to pull it.',
    'Put the image on the node, or use `IfNotPresent`.',
  ],
  ImagePlatformMismatch: [
    'The image `{image}` was not built for the processor of node `{node}`.',
    'Build it for this platform, or choose nodes by `kubernetes.io/arch`.',
  ],
  ImageSignatureRejected: [
    'The signature of image `{image}` was not accepted on node `{node}`.',
    'Sign the image, or correct the policy of the node.',
  ],
  RegistryRateLimited: [
    'The registry of `{image}` refuses further pulls for now (rate limit), {times}; last at {last}.',
    'Pull with credentials, or through a mirror of your own.',
  ],
  ImageNotFound: [
    'The image `{image}` of container `{container}` does not exist, tried {times}; last at {last}.',
    'Correct the name or the tag, or push the image.',
  ],
  ImagePullDenied: [
    'The registry does not let the pod have the image `{image}`, or it does not exist; tried {times}.',
    'Check the name, and `imagePullSecrets` of the pod or its service account.',
  ],
  RegistryDnsFailed: [
    'The name of the registry of `{image}` was not resolved on node `{node}`, {times}.',
    "Check the registry's name and the DNS of the node.",
  ],
  RegistryRefused: [
    'The registry of `{image}` cannot be reached from node `{node}`, {times}.',
    'Check that the registry runs, and the network between.',
  ],
  RegistryTlsFailed: [
    'The connection to the registry of `{image}` is not trusted on node `{node}`.',
    "Check the registry's certificate, and the authorities that the node trusts.",
  ],
  RegistryTimeout: [
    'The registry of `{image}` did not answer in time, {times}; last at {last}.',
    'Check the registry and the network; a large image may need a mirror nearby.',
  ],
  RegistryServerError: [
    'The registry of `{image}` failed, {times}; last at {last}.',
    'Look at the registry; the kubelet tries again by itself.',
  ],
  ImageNoSpace: [
    'There was no space left on node `{node}` for the image `{image}`.',
    'Clean up the disk of the node, or give it a larger one.',
  ],
  ImageInspectFailed: [
    'The runtime of node `{node}` could not read the image `{image}`: {detail}.',
    'Remove the image from the node, and look at the runtime.',
  ],
  ImagePullSecretMissing: [
    'The pull secret `{subject}` does not exist in namespace `{namespace}`.',
    'Create it, or correct `imagePullSecrets`.',
  ],
  ImagePullFailed: [
    'The image `{image}` could not be pulled, {times}; last at {last}: {detail}.',
    'Read the message; try the pull on node `{node}` by hand (`crictl pull`).',
  ],
  ImagePullBackOff: [
    'The image `{image}` of container `{container}` could not be pulled, and why was not seen.',
    'See why in `kubectl describe pod`; check name, tag and pull secret.',
  ],
  ImagePullQueueTooMuchTime: [
    'The pull of `{subject}` took {took}, most of which it waited for other pulls of the node.',
    'Set `serializeImagePulls: false` and `maxParallelImagePulls` of the kubelet.',
  ],
  ImagePullTooMuchTime: [
    'Pulling the image `{subject}` took {took}.',
    'Make the image smaller, use a mirror nearby, or bring it to the nodes beforehand.',
  ],
  RunAsNonRootViolated: [
    'The container `{container}` must not run as root, and its image does: {detail}.',
    'Set `runAsUser`, or `USER` with a number in the image.',
  ],
  SubPathInvalid: [
    'The `subPath` of a mount of container `{container}` cannot be used: {detail}.',
    'Correct the `subPath`, and look at what is in the volume.',
  ],
  ImageVolumeFailed: [
    'An image that is mounted as a volume could not be used for container `{container}`: {detail}.',
    'Check the reference of the image volume, and that the runtime of the node supports it.',
  ],
  ContainerConfigError: [
    'The container `{container}` cannot be made as its spec says: {detail}.',
    'Correct what the message names.',
  ],
  ContainerNameReserved: [
    'The runtime of node `{node}` still holds an older container of the name of `{container}`.',
    'Look at the container runtime; it may be overloaded or need a restart.',
  ],
  ContainerCreateTimeout: [
    'Making container `{container}` took the runtime of node `{node}` too long, {times}.',
    'Look at the disk and the load of the node.',
  ],
  ContainerCreateFailed: [
    'The runtime of node `{node}` could not make container `{container}`: {detail}.',
    'Read the message; look at the container runtime.',
  ],
  ContainerCreateTooMuchTime: [
    'Making container `{subject}` took {took}.',
    'Look at the disk and the load of node `{node}`.',
  ],
  CommandNotFound: [
    'The command[ `{subject}`] of container `{container}` is not in its image.',
    'Correct `command`, or build the program into the image.',
  ],
  CommandNotExecutable: [
    'The command[ `{subject}`] of container `{container}` may not be executed.',
    'Set its executable bit in the image (`chmod +x`), and check the user it runs as.',
  ],
  ExecFormatError: [
    'The program of container `{container}` was not built for the processor of node `{node}`, or a script lacks its first line.',
    'Build the image for this platform; begin scripts with `#!`.',
  ],
  MountPathInvalid: [
    'A mount of container `{container}` does not fit its image: {detail}.',
    'Mount files over files and directories over directories; correct `mountPath`.',
  ],
  MemoryLimitTooLow: [
    'The memory limit of container `{container}` is too small even to start it.',
    'Raise `resources.limits.memory` (is its unit right?).',
  ],
  ContainerStartFailed: [
    'The runtime of node `{node}` could not start container `{container}`, {times}: {detail}.',
    'Read the message; look at the container runtime.',
  ],
  ContainerStartTooMuchTime: [
    'Starting container `{subject}` took {took}.',
    'Look at the load of node `{node}`.',
  ],
  InitContainerFailed: [
    'The init container `{container}` ended with an error[ (exit code {exit})], {times}; last at {last}.',
    'See why: `kubectl logs {pod} -c {container} --previous`.',
  ],
  InitContainerTooMuchTime: [
    'The init container `{subject}` took {took}.',
    'See what it does or waits for: `kubectl logs {pod} -c {subject}`.',
  ],
  PostStartHookFailed: [
    'The `postStart` hook of container `{container}` failed, {times}, and the container was killed for it.',
    'Run the hook by hand in the container; see its output in the log of the kubelet.',
  ],
  PostStartTooMuchTime: [
    'The `postStart` hook of container `{subject}` took {took}.',
    'Make the hook shorter; the container counts as running only after it.',
  ],
  StartupProbeFailed: [
    'The container `{container}` was not up in the time that its startup probe gives it, {times}; last at {last}[: {detail}].',
    'Give it longer (`failureThreshold` × `periodSeconds`), or see why it is slow.',
  ],
  StartupTooMuchTime: [
    'The program of container `{subject}` took {took} to come up.',
    'See what it does in that time; more CPU helps many programs.',
  ],
  OOMKilled: [
    'Container `{container}` was killed because it used more than its memory limit[ of {limit}], {times}; last at {last}.',
    'Raise `resources.limits.memory`, or find what uses so much memory.',
  ],
  LivenessProbeFailed: [
    'Container `{container}` failed its liveness probe, {times}; last at {last}[: {detail}].',
    'See whether the program hangs or the probe is too strict (`timeoutSeconds`, `initialDelaySeconds`).',
  ],
  ApplicationError: [
    'The program of container `{container}` ended with exit code 1, {times}; last at {last}.',
    'See why: `kubectl logs {pod} -c {container} --previous`.',
  ],
  ApplicationAborted: [
    'The program of container `{container}` gave up by itself (SIGABRT, exit code 134), {times}; last at {last}.',
    'See its last lines: `kubectl logs {pod} -c {container} --previous`.',
  ],
  ApplicationCrashed: [
    'The program of container `{container}` crashed (exit code {exit}, as by a wrong memory access), {times}; last at {last}.',
    'See its last lines and its core file; check that image and processor match.',
  ],
  ApplicationKilled: [
    'The program of container `{container}` was killed (SIGKILL, exit code 137), {times}; last at {last}.',
    'Look for a failed probe before it, for memory of the whole pod or node, and for what sent the signal.',
  ],
  ApplicationTerminated: [
    'The program of container `{container}` was asked to end (SIGTERM, exit code 143), {times}; last at {last}.',
    'Look for what sent the signal: a failed probe, a hook, another program.',
  ],
  KilledBySignal: [
    'The program of container `{container}` was ended by signal {signal}, {times}; last at {last}.',
    'See its last lines: `kubectl logs {pod} -c {container} --previous`.',
  ],
  ExitedWithError: [
    'The program of container `{container}` ended with[ exit code {exit}|an error], {times}; last at {last}.',
    'See why: `kubectl logs {pod} -c {container} --previous`.',
  ],
  ExitedTooEarly: [
    'The program of container `{container}` ended without an error, {times}, but is to run for ever.',
    'Start it in the foreground, or use a Job for what is to end.',
  ],
  ContainerLost: [
    'The kubelet of `{node}` no longer found container `{container}`.',
    'Look whether the node was restarted or its containers were removed by hand.',
  ],
  CrashLoopBackOff: [
    'Container `{container}` ends again and again, {times}, and how was not seen.',
    'See why: `kubectl logs {pod} -c {container} --previous`.',
  ],
  ReadinessHttpFailed: [
    'Container `{container}` answers its readiness probe with HTTP status {detail}, {times}; last at {last}.',
    'See why the program says that it is not ready; check path and port of the probe.',
  ],
  ReadinessRefused: [
    'Container `{container}` takes no connection from its readiness probe ({detail}), {times}; last at {last}.',
    'Check that the program listens on the port of the probe, on all addresses.',
  ],
  ReadinessTimeout: [
    'Container `{container}` does not answer its readiness probe in time, {times}; last at {last}.',
    'See what keeps the program busy; raise `timeoutSeconds` of the probe.',
  ],
  ReadinessGrpcFailed: [
    'Container `{container}` fails its gRPC readiness probe ({detail}), {times}; last at {last}.',
    'Check the health service of the program and the `service` of the probe.',
  ],
  ReadinessExecFailed: [
    'The readiness probe of container `{container}` fails, {times}; last at {last}[: {detail}].',
    'Run the probe by hand in the container.',
  ],
  ReadinessTooMuchTime: [
    'Container `{subject}` took {took} from its start until it was ready.',
    'See what the program does in that time; check period and delay of the probe.',
  ],
  ReadinessGateNotReady: [
    'The pod waits for its readiness gate[ `{subject}`], for {took}.',
    'Look at the controller that is to set this condition.',
  ],
  ReadinessGateTooMuchTime: [
    'The readiness gate `{subject}` took {took}.',
    'Look at the controller that sets this condition.',
  ],
  PodReadyTooMuchTime: [
    'All containers were ready, and the pod was called ready {took} later.',
    'Look at the load of the kubelet of `{node}` and of the API server.',
  ],
  EvictionBlocked: [
    'A PodDisruptionBudget forbids to evict the pod, asked {times}; last at {last}.',
    'Run more replicas, or loosen the budget (`kubectl get pdb`).',
  ],
  DeleteRefused: [
    'The API server refused to delete the pod ({status})[: {detail}].',
    'Read the message; a webhook or missing rights are usual.',
  ],
  KillFailed: [
    'The kubelet of `{node}` could not stop the pod, {times}: {detail}.',
    'Look at the container runtime of the node, and for processes that hang in the kernel.',
  ],
  GracePeriodExceeded: [
    'The runtime of node `{node}` did not stop the containers in the grace period.',
    'Look at the container runtime of the node.',
  ],
  PreStopHookFailed: [
    'The `preStop` hook of container `{container}` failed.',
    'Run the hook by hand in the container.',
  ],
  FinalizerLeft: [
    'The pod cannot go because of its finalizer `{subject}`, for {took}.',
    'Look at the controller that is to remove it; if there is none any more, remove the finalizer by hand.',
  ],
  JobStopped: [
    'The Job ended before the pod was done: it was suspended, deleted, out of time, or failed too often (`backoffLimit`).',
    'See which: `kubectl describe job`.',
  ],
  DeletedBeforeReady: [
    'The pod was deleted before it was ready[, by `{user}`].',
    'Nothing, if this was meant: a new version, fewer replicas.',
  ],
  ContainerKillTooMuchTime: [
    'Stopping container `{subject}` took {took}.',
    'Let the program end on SIGTERM; shorten `preStop` and `terminationGracePeriodSeconds`.',
  ],
  FinalizerTooMuchTime: [
    'The finalizer `{subject}` kept the pod for {took}.',
    'Look at the controller that removes it.',
  ],
  PodRemovalTooMuchTime: [
    'Removing the pod after its containers had ended took {took}.',
    'Look at volumes that do not unmount, and at the kubelet of `{node}`.',
  ],
  UserStageTooMuchTime: [
    'The stage `{stage}`[ of `{subject}`] took {took}.',
    'Look at what this stage of your own stands for.',
  ],
  InProgress: ['All is in order so far[; `{stage}` has lasted {took}].', 'Nothing: wait.'],
  Success: ['Everything went well, in {took}.', 'Nothing.'],
  Unknown: [
    '[As far as it was seen nothing went wrong; it was at `{stage}`|What was seen does not say why].',
    'Look at `kubectl describe pod {pod}` and at the node; check that the audit policy logs pods and events.',
  ],
}
