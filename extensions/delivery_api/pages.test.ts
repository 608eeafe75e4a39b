import { afterEach, describe, expect, it } from 'vitest'
import { deliveryOf, START } from './fixtures.ts'
import { endTrials, trialOf } from './trial.ts'

afterEach(endTrials)

const HOSTILE = '"><script>alert(1)</script>'

async function pageOf(path: string, headers = {}, more = {}): Promise<[string, Response]> {
  const trial = await trialOf([
    deliveryOf(more),
    deliveryOf({ pod: { uid: '7777' }, delivery: { startMs: START - 1 } }),
  ])
  const response = await trial.get(path, headers)
  return [await response.text(), response]
}

describe('[3.9] the page of a pod', () => {
  it('loads nothing, runs nothing, and escapes what comes from elsewhere', async () => {
    const [html, { headers }] = await pageOf(
      '/pods/shop/web-1',
      {},
      {
        pod: { nodeName: HOSTILE },
        diagnosis: {
          sentence: { en: HOSTILE, zh: '' },
          code: HOSTILE,
          also: [HOSTILE],
          action: { en: HOSTILE, zh: '' },
        },
      },
    )
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; form-action 'self'/,
    )
    expect(html).not.toMatch(/<script|<link|<img|src=|http:/)
    expect(html.match(/&quot;&gt;&lt;script&gt;alert/g)).toHaveLength(5)
  })

  it('has the sentence, whose turn it is, what to do, the evidence and the verdict', async () => {
    const [html] = await pageOf('/pods/shop/web-1')
    expect(html).toContain('<p class="why slow">Pulling &lt;shop/web:1&gt; took 40 s.</p>')
    expect(html).toContain(
      '<b>What to do:</b> Make the image smaller. <small>(Whose turn it is: platform)</small>',
    )
    expect(html).toContain('Successfully pulled image</li>')
    expect(html).toContain(
      'Promise 1 min 30 s (typical): kept · Platform time 45 s · User time 5.0 s · Total 50 s',
    )
  })

  it('draws each stage where it lies and as long as it is, in the colour of its owner', async () => {
    const [html] = await pageOf('/pods/shop/web-1')
    expect(html).toContain(
      '<td>pulling image shop/web:1<br><span class="error">Failed: &lt;script&gt;x&lt;/script&gt; (3 times)</span></td>' +
        '<td class="n">40 s</td><td class="bar"><div class="track">' +
        '<i class="platform" style="left:min(2.00%,100% - 2px);width:80.00%"></i>',
    )
    expect(html).toContain(
      '<i class="user open" style="left:min(90.00%,100% - 2px);width:10.00%"></i>',
    )
    expect(html).toContain('<td class="n">≥ 5.0 s</td>')
  })

  it('speaks Chinese to whom likes that best', async () => {
    const [html, { headers }] = await pageOf('/pods/shop/web-1', { 'accept-language': 'zh' })
    expect(headers.get('content-language')).toBe('zh')
    expect(html).toContain('<html lang="zh">')
    expect(html).toContain('<b>处理建议:</b> 缩小镜像。')
    expect(html).toContain('<td>拉取镜像 shop/web:1')
  })

  it('leads to the other pods of its name, and to all deliveries', async () => {
    const [html] = await pageOf('/pods/shop/web-1')
    expect(html).toContain('<li><a href="/pods/shop/web-1?uid=7777">7777</a></li>')
    expect(html).toContain('<a href="/">')
    expect((await pageOf('/pods/shop/web-1?uid=7777'))[0]).toContain('?uid=8a3f')
  })
})

describe('the first page', () => {
  it('lists deliveries with a link to the page of each pod', async () => {
    const [html] = await pageOf('/')
    expect(html).toContain('<a href="/pods/shop/web-1?uid=8a3f">shop/web-1</a>')
    expect(html).toContain('<td>Pulling &lt;shop/web:1&gt; took 40 s.</td>')
  })

  it('has a form that keeps what was chosen, as the browser sends it', async () => {
    const path = `/?namespace=${encodeURIComponent(HOSTILE)}&workload=&node=&order=slowest&failed=true`
    const [html] = await pageOf(path)
    expect(html).toContain('name="namespace" value="&quot;&gt;&lt;script&gt;')
    expect(html).toContain('<option value="slowest" selected>')
    expect(html).toContain('name="failed" value="true" checked>')
    expect(html).toContain('<p>No deliveries are known that fit.</p>')
  })
})
