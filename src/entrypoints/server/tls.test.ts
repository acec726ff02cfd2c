import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownTls } from './tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOSTS = ['localhost', '127.0.0.1'];

describe("the server's own certificate", () => {
  it('is made once, and names its hosts', () => {
    const first = ownTls(join(folder, 'once'), HOSTS);
    expect(ownTls(join(folder, 'once'), HOSTS)).toEqual(first);
    const certificate = new X509Certificate(first.cert);
    expect([certificate.checkHost('localhost'), certificate.checkIP('127.0.0.1')]).toEqual(HOSTS);
    expect(ownTls(join(folder, 'once'), [...HOSTS, 'other']).cert).not.toBe(first.cert);
  });

  it.each(['tls.key', 'ca.crt'])('is made again when a process was killed after it wrote a new %s', (file) => {
    const [mine, other] = [join(folder, `mine-${file}`), join(folder, `other-${file}`)];
    const before = ownTls(mine, HOSTS);
    ownTls(other, HOSTS);
    copyFileSync(join(other, file), join(mine, file));
    const after = ownTls(mine, HOSTS);
    expect(after.cert).not.toBe(before.cert);
    expect(ownTls(mine, HOSTS)).toEqual(after);
  });

  it.each(['tls.key', 'ca.crt', 'tls.crt'])('is made again when %s is gone', (file) => {
    const mine = join(folder, `gone-${file}`);
    const before = ownTls(mine, HOSTS);
    rmSync(join(mine, file));
    expect(ownTls(mine, HOSTS).cert).not.toBe(before.cert);
  });
});
