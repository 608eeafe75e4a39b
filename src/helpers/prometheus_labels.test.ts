import { describe, expect, it } from 'vitest'
import type { Attributes } from '../pdata/attributes.ts'
import { Resource, type Scope } from '../pdata/resource.ts'
import { labelName, Labels, type LabelOptions } from './prometheus_labels.ts'

const PLAIN: LabelOptions = { constLabels: {}, resourceAttributes: false }
const NO_SCOPE: Scope = { name: '', version: '' }

function textOf(
  attributes: Attributes,
  given: Partial<LabelOptions> = {},
  resource: Attributes = {},
) {
  return new Labels({ ...PLAIN, ...given }).text(new Resource(resource), NO_SCOPE, attributes)
}

describe('the labels of a series', () => {
  it('are its attributes, sorted by name', () => {
    expect(textOf({ 'url.path': '/a', code: 200, 'http.route': '/{x}' })).toBe(
      'code="200",http_route="/{x}",url_path="/a"',
    )
    expect(textOf({})).toBe('')
  })

  it.each<[string, Attributes, string]>([
    ['scope', {}, 'otel_scope_name="waggle/http",otel_scope_version="1.2"'],
    ['service', { 'service.name': 'cart' }, 'job="cart"'],
    ['namespace', { 'service.name': 'cart', 'service.namespace': 'shop' }, 'job="shop/cart"'],
    ['empty namespace', { 'service.name': 'cart', 'service.namespace': '' }, 'job="cart"'],
    ['namespace without a service', { 'service.namespace': 'shop' }, ''],
    ['instance', { 'service.instance.id': 'a-1' }, 'instance="a-1"'],
  ])('tell the %s', (what, resource, expected) => {
    const scope = what === 'scope' ? { name: 'waggle/http', version: '1.2' } : NO_SCOPE
    expect(new Labels(PLAIN).text(new Resource(resource), scope, {})).toBe(expected)
  })

  it('have values as text, and no label for an empty one', () => {
    const attributes = {
      a: 'x',
      b: '',
      c: true,
      d: 1.5,
      e: 2n ** 60n,
      f: ['p', 1, null as never, { q: NaN }].filter((item) => item !== null),
      g: Buffer.from('bytes'),
      h: { list: [1n, false, 'ü"'] },
    }
    expect(textOf(attributes)).toBe(
      [
        'a="x"',
        'c="true"',
        'd="1.5"',
        'e="1152921504606846976"',
        String.raw`f="[\"p\",1,{\"q\":\"NaN\"}]"`,
        'g="Ynl0ZXM="',
        String.raw`h="{\"list\":[1,false,\"ü\\\"\"]}"`,
      ].join(','),
    )
  })

  it('escape what would end a value', () => {
    expect(textOf({ path: 'C:\\dir\n"x"\r\t\u2028' })).toBe('path="C:\\\\dir\\n\\"x\\"\r\t\u2028"')
  })

  it.each([
    ['http.method', 'http_method'],
    ['a..b--c__d', 'a_b_c_d'],
    ['2xx', 'key_2xx'],
    ['_private', '_private'],
    ['__name__', '_name_'],
    ['ünïcode', '_n_code'],
    ['le', 'exported_le'],
  ])('are named for "%s" %s', (key, name) => {
    expect(labelName(key)).toBe(name)
  })

  it('that get the same name are one, their values in the order of the attributes', () => {
    expect(textOf({ a_b: 'second "', 'a.b': 'first' })).toBe(String.raw`a_b="first;second \""`)
    expect(textOf({ job: 'mine' }, {}, { 'service.name': 'cart' })).toBe('job="mine;cart"')
    expect(textOf({ otel_scope_name: 'x', 'otel.scope.name': 'y' })).toBe('otel_scope_name="y;x"')
  })

  it('that are constant take the place of others', () => {
    const constLabels = { cluster: 'eu', 'another label': 'with "quotes"' }
    expect(textOf({ cluster: 'us', a: 1 }, { constLabels })).toBe(
      String.raw`a="1",another_label="with \"quotes\"",cluster="eu"`,
    )
  })

  it('are those of the resource too where that is wanted, which wins over the same attribute', () => {
    const resource = { 'service.name': 'cart', 'k8s.pod.name': 'cart-1', zone: 'b' }
    const attributes = { zone: 'a', code: 200 }
    expect(textOf(attributes, { resourceAttributes: true }, resource)).toBe(
      'code="200",job="cart",k8s_pod_name="cart-1",service_name="cart",zone="b"',
    )
  })

  it('are made once for attributes, and anew for another resource or scope', () => {
    const labels = new Labels(PLAIN)
    const attributes = { code: 200 }
    const [a, b] = ['a', 'b'].map((name) => new Resource({ 'service.name': name }))
    const scope = { name: 's', version: '' }
    expect(labels.text(a!, NO_SCOPE, attributes)).toBe('code="200",job="a"')
    expect(labels.text(b!, NO_SCOPE, attributes)).toBe('code="200",job="b"')
    expect(labels.text(b!, scope, attributes)).toBe('code="200",job="b",otel_scope_name="s"')
    expect(labels.text(a!, NO_SCOPE, attributes)).toBe('code="200",job="a"')
  })
})
