import { describe, expect, it } from 'vitest';
import { readProxies } from './proxies.ts';

const PROXY = 'http://proxy.example.com:3128';
const isUsed = (exceptions: string, address: string): boolean =>
  readProxies({ HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY, NO_PROXY: exceptions }).isUsedFor(
    new URL(address),
  );

describe('X9: the variables of proxies', () => {
  it.each([
    ['example.com', 'https://example.com/', false],
    ['example.com', 'https://registry.example.com/', false],
    ['example.com', 'https://badexample.com/', true],
    ['.example.com', 'https://example.com/', true],
    ['*.example.com', 'https://a.b.example.com/', false],
    ['Example.COM', 'https://example.com./', false],
    ['example.com:5000', 'https://example.com/', true],
    ['example.com:5000', 'https://example.com:5000/', false],
    ['example.com:443', 'https://example.com/', false],
    ['10.0.0.0/8', 'http://10.1.2.3:5000/', false],
    ['10.0.0.0/8', 'http://11.1.2.3/', true],
    ['10.0.0.0/99', 'http://10.1.2.3/', true],
    ['10.0.0.1-10.0.0.9', 'http://10.0.0.9/', false],
    ['10.0.0.1-10.0.0.9', 'http://10.0.0.10/', true],
    ['127.0.0.1', 'http://127.0.0.1:5000/', false],
    ['0.0.1', 'http://127.0.0.1/', true],
    ['::1', 'http://[::1]:5000/', false],
    ['fd00::/8', 'http://[fd12::1]/', false],
    ['a.example, b.example', 'https://b.example/', false],
    ['*', 'https://example.com/', false],
    ['', 'https://example.com/', true],
  ])('NO_PROXY=%s and %s: the proxy is used: %s', (exceptions, address, used) => {
    expect(isUsed(exceptions, address)).toBe(used);
  });

  it('may leave out the scheme, and the lower-case name comes first', () => {
    const { env } = readProxies({ HTTP_PROXY: 'other:1', http_proxy: 'proxy.example.com:3128' });
    expect(env).toEqual({ HTTP_PROXY: PROXY });
  });

  it('are for one scheme each', () => {
    const proxies = readProxies({ HTTPS_PROXY: PROXY });
    const used = ['http://a/', 'https://a/'].map((url) => proxies.isUsedFor(new URL(url)));
    expect(used).toEqual([false, true]);
  });

  it.each(['socks5://user:secret@proxy.example.com', 'http://a b'])(
    'that cannot be used end the command, without their passwords: %s',
    (value) => {
      expect(() => readProxies({ HTTPS_PROXY: value })).toThrow(/^HTTPS_PROXY (?!.*secret)/);
    },
  );
});
