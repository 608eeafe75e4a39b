import { describe, expect, it } from 'vitest'
import { created, goDuration, present, pullBackOffWaiting, pulled } from './kubelet_texts.ts'

describe('what a kubelet says', () => {
  it.each([
    [0, '0s'],
    [850, '850ms'],
    [1_200, '1.2s'],
    [40_251, '40.251s'],
    [80_000, '1m20s'],
    [3_661_000, '1h1m1s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text)
  })

  it('says how long an image took, without and with waiting', () => {
    expect(pulled('web:1', 38_000, 40_002, 71_300_000)).toBe(
      'Successfully pulled image "web:1" in 38s (40.002s including waiting). Image size: 71300000 bytes.',
    )
  })

  it('differs between the versions', () => {
    const both = (text: (minor: '1.30' | '1.36') => string) => [text('1.30'), text('1.36')]
    expect(both((minor) => created(minor, 'app'))).toEqual([
      'Created container: app',
      'Container created',
    ])
    expect(both((minor) => present(minor, 'web:1'))).toEqual([
      'Container image "web:1" already present on machine',
      'Container image "web:1" already present on machine and can be accessed by the pod',
    ])
    expect(both((minor) => pullBackOffWaiting(minor, 'web:1', 'no'))).toEqual([
      'Back-off pulling image "web:1"',
      'Back-off pulling image "web:1": ErrImagePull: no',
    ])
  })
})
