import { X509Certificate } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadOwnTls, watchTlsFiles } from './tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOSTS = ['localhost', '127.0.0.1'];

describe("the server's own certificate", () => {
  it('is made once, with the names of its hosts', () => {
    const first = loadOwnTls(join(folder, 'once'), HOSTS);
    expect(loadOwnTls(join(folder, 'once'), HOSTS)).toEqual(first);
    const certificate = new X509Certificate(first.cert);
    expect([certificate.checkHost('localhost'), certificate.checkIP('127.0.0.1')]).toEqual(HOSTS);
    expect(loadOwnTls(join(folder, 'once'), [...HOSTS, 'other']).cert).not.toBe(first.cert);
  });

  it.each(['tls.key', 'ca.crt'])(
    'is made again if a process was killed after it wrote a new %s',
    (file) => {
      const [mine, other] = [join(folder, `mine-${file}`), join(folder, `other-${file}`)];
      const before = loadOwnTls(mine, HOSTS);
      loadOwnTls(other, HOSTS);
      copyFileSync(join(other, file), join(mine, file));
      const after = loadOwnTls(mine, HOSTS);
      expect(after.cert).not.toBe(before.cert);
      expect(loadOwnTls(mine, HOSTS)).toEqual(after);
    },
  );

  it.each(['tls.key', 'ca.crt', 'tls.crt'])('is made again if %s is gone', (file) => {
    const mine = join(folder, `gone-${file}`);
    const before = loadOwnTls(mine, HOSTS);
    rmSync(join(mine, file));
    expect(loadOwnTls(mine, HOSTS).cert).not.toBe(before.cert);
  });
});

describe("the operator's certificate", () => {
  it('is used when both of its files are new, and never when only one is', () => {
    vi.useFakeTimers();
    const [mine, other] = [join(folder, 'theirs'), join(folder, 'renewed')];
    const before = loadOwnTls(mine, HOSTS);
    const after = loadOwnTls(other, HOSTS);
    const files = { certFile: join(mine, 'tls.crt'), keyFile: join(mine, 'tls.key') };
    const [contexts, events]: [unknown[], unknown[]] = [[], []];
    const server = { setSecureContext: (context: object) => void contexts.push(context) };
    const timer = watchTlsFiles(files, before, server, ({ event }) => void events.push(event));
    const look = (): unknown => vi.advanceTimersByTime(2_000) && [contexts.length, events.join()];
    try {
      expect(look()).toEqual([0, '']);
      copyFileSync(join(other, 'tls.crt'), files.certFile);
      expect(look()).toEqual([0, '']);
      rmSync(files.keyFile);
      expect([look(), look()]).toEqual([
        [0, 'certificate-unreadable'],
        [0, 'certificate-unreadable'],
      ]);
      cpSync(join(other, 'tls.key'), files.keyFile);
      expect(look()).toEqual([1, 'certificate-unreadable,certificate-renewed']);
      expect(contexts).toEqual([{ cert: after.cert, key: after.key, minVersion: 'TLSv1.2' }]);
      writeFileSync(files.certFile, 'no certificate');
      expect(look()).toEqual([
        1,
        'certificate-unreadable,certificate-renewed,certificate-unreadable',
      ]);
    } finally {
      clearInterval(timer);
      vi.useRealTimers();
    }
  });
});
