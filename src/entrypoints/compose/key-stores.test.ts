import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { listKeys, openEnrolment, openSigningKey } from './key-stores.ts';

let home = '';
let config: Config;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'waybill-stores-'));
  config = await loadConfig({ home }, {}, home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the key store of a key', () => {
  it('is chosen by the scheme of its name; a name without a scheme is a file', async () => {
    const { enrolment, name } = orThrow(await openEnrolment(config, 'file:release', {}));
    expect(name).toBe('release');
    const [validFrom, validUntil] = [toInstant(0), toInstant(86_400_000)];
    const subject = 'CN=release,O=Shop,ST=WA,C=US';
    const request = { name, subject, kind: 'p256', validFrom, validUntil } as const;
    orThrow(await enrolment.createTrial(request));
    const { chain } = orThrow(await openSigningKey(config, 'release', {}));
    expect(orThrow(await openSigningKey(config, 'file:release', {})).chain).toEqual(chain);
    expect(orThrow(await listKeys(config))).toMatchObject([{ name: 'release' }]);
  });

  it.each(['vault:release', 'constructor:x', ':release', 'FILE:release'])(
    '%s names no store: it signs nothing, and no key is made',
    async (key) => {
      const refused = { ok: false, failure: { code: 'USAGE' } };
      expect(await openSigningKey(config, key, {})).toMatchObject(refused);
      const made = await openEnrolment(config, key, {});
      const request = { subject: 'CN=a,O=Shop,ST=WA,C=US', kind: 'p256' } as const;
      const outcome = made.ok
        ? await made.value.enrolment.createRequest({ ...request, name: made.value.name })
        : made;
      expect(outcome).toMatchObject(refused);
    },
  );
});
