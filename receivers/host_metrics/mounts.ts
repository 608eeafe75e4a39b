/** A mounted filesystem. */
export interface Mount {
  readonly device: string
  readonly point: string
  readonly type: string
  /** `rw` or `ro`. */
  readonly mode: string
}

/**
 * Reads `/proc/PID/mounts` (fstab(5)): `device point type options 0 0`. Where one mount hides another
 * at the same point, the later one counts, which is what asking for its size answers for.
 */
export function mountsIn(text: string): Mount[] {
  const mounts = new Map<string, Mount>()
  for (const line of text.split('\n')) {
    const [device = '', point = '', type = '', options = ''] = line.split(' ')
    if (type === '') continue
    const mode = options.split(',')[0] === 'ro' ? 'ro' : 'rw'
    const mount = { device: plain(device), point: plain(point), type, mode }
    mounts.delete(mount.point)
    mounts.set(mount.point, mount)
  }
  return [...mounts.values()]
}

/** The kernel writes blanks and the like as `\040`. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/**
 * The types of filesystem that lie on a block device, from `/proc/filesystems`, where the others are
 * marked `nodev`. ZFS is marked so too, although it lies on disks.
 */
export function namesOnDisks(text: string): ReadonlySet<string> {
  const lines = text.split('\n').map((line) => line.split('\t'))
  const names = lines.filter(([mark]) => mark === '').map(([, name = '']) => name)
  return new Set(['zfs', ...names.filter((name) => name !== '')])
}
