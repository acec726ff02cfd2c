import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../tools/process.ts';
import { followWithExecutable } from '../support/built-executable.ts';
import { CommandLine } from '../support/command-line.ts';
import { blocks, follow, shown } from '../support/guide.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';

const notation = peer('notation-peer');
const SUBJECT = 'CN=wabbit-networks,O=Notary,L=Seattle,ST=WA,C=US';
let work: string;
let scene: Scene;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'waybill-from-notation-'));
  scene = await Scene.open();
});
afterAll(async () => {
  await scene.close();
  rmSync(work, { recursive: true, force: true });
});

/** A team's folder, written in the way of notation, without Waybill. */
async function teamsFolder(): Promise<{
  readonly config: string;
  readonly key: string;
  readonly chain: string;
}> {
  const waybill = new CommandLine(work);
  await waybill.output('key', 'generate', 'team', '--subject', SUBJECT);
  const [key, chain, rootFile] = ['team.key', 'team.crt', 'team.root.crt'].map((name) =>
    join(waybill.home, 'keys', name),
  );
  const config = join(work, 'notation');
  const store = join(config, 'truststore/x509/ca/wabbit-networks.io');
  mkdirSync(store, { recursive: true });
  const { stdout } = await run('cat', [rootFile ?? '']);
  writeFileSync(join(store, 'wabbit-networks.io.crt'), stdout);
  const statement = {
    name: 'wabbit-networks-images',
    registryScopes: [`${scene.registry.registry}/shop/net-monitor`],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:wabbit-networks.io'],
    trustedIdentities: [`x509.subject: C=US, ST=WA, L=Seattle, O=Notary, CN=wabbit-networks`],
  };
  writeFileSync(
    join(config, 'trustpolicy.json'),
    JSON.stringify({ version: '1.0', trustPolicies: [statement] }),
  );
  return { config, key: key ?? '', chain: chain ?? '' };
}

describe.skipIf(notation === null)('a team that has notation and Ratify', () => {
  it('I1, I16: from-notation-and-ratify.md works as written on notation signatures', async () => {
    const { config, key, chain } = await teamsFolder();
    const { digest } = await scene.push('net-monitor', [
      { name: 'tzdata', version: '2024a-0+deb12u1' },
    ]);
    const REPOSITORY = `${scene.registry.registry}/shop/net-monitor`;
    const IMAGE = `${REPOSITORY}@${digest}`;
    expect(await run(notation ?? '', ['sign', IMAGE, key, chain, 'jws'])).toMatchObject({
      code: 0,
    });
    expect(await run(notation ?? '', ['verify', IMAGE, config])).toMatchObject({ code: 0 });
    const words = {
      NOTATION: config,
      STORE: 'ca:wabbit-networks.io',
      IDENTITY: SUBJECT,
      REPOSITORY,
      IMAGE,
    };
    const follower = followWithExecutable();
    chmodSync(work, 0o755); // an ordinary user reads the configuration of the team
    const page = 'from-notation-and-ratify.md';
    const { code, output } = await follow(page, words, undefined, null, follower);
    expect(code, output).toBe(0);
    const lines = blocks('from-notation-and-ratify.md', 'text').flatMap((block) =>
      block.trimEnd().split('\n'),
    );
    for (const line of lines) expect(output).toMatch(shown(line));
  });
});
