import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { policyText, ruleText } from '../../../test/support/policy-facts.ts';
import { requireSuccess, runHere } from '../../../test/support/run-here.ts';
import { type RunningRegistry, startRegistry } from '../../adapters/oci-server/index.ts';
import {
  formatRevision,
  POLICY_DESCRIPTION_TYPE,
  POLICY_DOCUMENT_TYPE,
} from '../../capabilities/policy/index.ts';
import { buildImageManifest, toContent } from '../../capabilities/registry/index.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { loadConfig } from '../config/config.ts';
import { openCommandClient } from './command-registry.ts';
import { openQuestions } from './graph.ts';
import { openSigningKey } from './key-stores.ts';
import { loadKeptDocument } from './policy-state.ts';
import { pushRevision, verifyRevision } from './policy-store.ts';
import { pushSigned } from './push-signed.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-policy-store-'));
const SUBJECT = 'CN=platform,O=Shop,ST=WA,C=US';
const OTHER = 'CN=security,O=Shop,ST=WA,C=US';
let registry: RunningRegistry;
let place = '';

beforeAll(async () => {
  registry = orThrow(await startRegistry({ root: join(cwd, 'registry') }));
  place = `${registry.registry}/security/policy`;
  await ok('author', 'key', 'generate', '--subject', SUBJECT);
  await ok('reviewer', 'key', 'generate', '--subject', OTHER);
  await ok('stranger', 'key', 'generate', '--subject', SUBJECT);
  for (const home of ['author', 'client', 'server', 'team']) await trust(home);
});
afterAll(async () => {
  await registry.close();
  rmSync(cwd, { recursive: true, force: true });
});

const call = (home: string, ...args: readonly string[]) =>
  runHere(args, { cwd, env: { WAYBILL_HOME: join(cwd, home) } });
const ok = async (home: string, ...args: readonly string[]) =>
  requireSuccess(args, await call(home, ...args)).stdout;
const json = async (home: string, ...args: readonly string[]) =>
  JSON.parse(await ok(home, 'policy', ...args, '--format', 'json'));

async function trust(home: string): Promise<void> {
  for (const [who, subject] of [
    ['author', SUBJECT],
    ['reviewer', OTHER],
  ] as const) {
    const root = join(cwd, who, 'keys', 'default.root.crt');
    const whom = ['--certificate', root, '--store', who, '--identity', `x509.subject: ${subject}`];
    const what = ['--repository', `${registry.registry}/*`, '--statement', 'policy'];
    await ok(home, 'trust', 'add', ...whom, ...what);
  }
}

function write(name: string, require: string, rest = ''): string {
  writeFileSync(join(cwd, name), policyText(ruleText(require), rest));
  return name;
}

const push = (file: string, ...more: readonly string[]) =>
  json('author', 'push', place, '--policy', file, ...more);
const inForce = (home: string): string => readFileSync(join(cwd, home, 'policy.yaml'), 'utf8');

async function refused(home: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await call(home, 'policy', ...args);
  return { code, text: stdout + stderr };
}

it('D17, P7: a pushed policy is in force where it is pulled, and so is the next', async () => {
  expect(await push(write('one.yaml', 'true'), '--message', 'begin')).toMatchObject({ number: 1 });
  expect(await json('client', 'pull', place)).toMatchObject({
    changed: true,
    layers: [{ number: 1, inForce: 1, isNew: true, signers: [expect.stringMatching(/platform/)] }],
  });
  expect(inForce('client')).toBe(readFileSync(join(cwd, 'one.yaml'), 'utf8'));
  expect(await push(write('two.yaml', 'sbom.complete'), '--message', 'ask')).toMatchObject({
    number: 2,
  });
  expect(await json('client', 'pull', place)).toMatchObject({ layers: [{ inForce: 2 }] });
  expect(await json('client', 'pull', place)).toMatchObject({ changed: false });
  // What decisions name is in the log of each client, with who changed it.
  const log = await openQuestions(await loadConfig({ home: join(cwd, 'client') }, {}, cwd));
  const { revisions } = await json('author', 'log', place);
  for (const { manifest, policy } of revisions)
    for (const digest of [manifest, policy.digest])
      expect(orThrow(await log.about(digest, 'policy'))).toHaveLength(1);
  await log.close();
});

it('A21: an older revision, one of a stranger and one that is unsigned are refused', async () => {
  cpSync(join(cwd, 'author'), join(cwd, 'fork'), { recursive: true });
  const before = inForce('client');
  const expectKept = async (why: string, name: string) => {
    const { code, text } = await refused('client', 'pull', name);
    expect({ code, text }).toMatchObject({ code: 3, text: expect.stringContaining(why) });
    expect(inForce('client')).toBe(before);
  };
  const { revisions } = await json('author', 'log', place);
  // The signed revision of before, under the tag again.
  await ok('author', 'tag', `${place}@${revisions[1].manifest}`, 'old');
  await expectKept('an older revision: 1, and 2 was seen here', `${place}:old`);
  // Who has seen a newer one pushes behind that, also where the tag shows the older one.
  await json('author', 'pull', place, '--policy', 'author.yaml');
  const behind = ['push', `${place}:old`, '--policy', 'one.yaml'];
  expect(await json('author', ...behind)).toMatchObject({ number: 3 });
  const theirs = ['policy', 'push', `${place}:theirs`, '--policy', 'one.yaml'];
  await ok('stranger', ...theirs);
  await expectKept('does not count', `${place}:theirs`);
  // Another document under a number that was seen.
  await ok('fork', 'policy', 'push', `${place}:fork`, '--policy', 'one.yaml');
  await ok('fork', 'policy', 'push', `${place}:fork`, '--policy', 'one.yaml');
  await expectKept('another revision of that number', `${place}:fork`);
  expect(await json('client', 'pull', place)).toMatchObject({ changed: false });
});

it('I7: while the registry is down, the last good policy stays, and its age is said', async () => {
  const { port } = new URL(`http://${registry.registry}`);
  await registry.close();
  const { code, answer } = await pullJson('client');
  expect(code).toBe(3);
  expect(answer.layers[0]).toMatchObject({
    inForce: 2,
    confirmedAt: expect.stringMatching(/Z$/),
    failure: { code: 'REGISTRY_UNREACHABLE' },
  });
  const { text } = await refused('client', 'pull', place);
  expect(text).toContain('last confirmed at');
  // Without any policy there is nothing to keep.
  expect((await refused('server', 'pull', place)).code).toBe(3);
  registry = orThrow(await startRegistry({ root: join(cwd, 'registry'), port: Number(port) }));
});

async function pullJson(home: string) {
  const { code, stdout } = await call(home, 'policy', 'pull', place, '--format', 'json');
  return { code, answer: JSON.parse(stdout) };
}

it('a revision that begins later waits, also without a registry', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await push(write('three.yaml', 'scan.complete'), '--effective-from', later);
  expect(await json('client', 'pull', place)).toMatchObject({
    changed: false,
    layers: [{ number: 3, inForce: 2, effectiveFrom: later }],
  });
  const first = await refused('server', 'pull', place);
  expect(first).toMatchObject({ code: 3, text: expect.stringContaining('in force only from') });
});

it('a rollback is a revision of its own, and a second signature is an approval', async () => {
  const back = await json('author', 'rollback', place, '--to', '1', '--message', 'too strict');
  expect(back).toMatchObject({ number: 4, rollbackTo: 1 });
  await ok('reviewer', 'sign', `${place}@${back.manifest}`);
  expect(await json('client', 'pull', place)).toMatchObject({ layers: [{ inForce: 4 }] });
  expect(inForce('client')).toBe(readFileSync(join(cwd, 'one.yaml'), 'utf8'));
  const { revisions } = await json('author', 'log', place);
  expect(revisions[0]).toMatchObject({
    number: 4,
    rollbackTo: 1,
    message: 'too strict',
    signers: expect.arrayContaining([
      expect.stringMatching(/platform/),
      expect.stringMatching(/security/),
    ]),
    changes: [{ part: 'rules', what: 'changed', name: 'r' }],
  });
  expect(revisions.map(({ number }: { number: number }) => number)).toEqual([4, 3, 2, 1]);
  expect((await refused('author', 'rollback', place, '--to', '9')).text).toContain('no revision 9');
});

it('a policy that somebody wrote by hand is not overwritten unasked', async () => {
  writeFileSync(join(cwd, 'client', 'policy.yaml'), policyText(ruleText('false')));
  const { code, text } = await refused('client', 'pull', place);
  expect({ code, text }).toMatchObject({ code: 2, text: expect.stringContaining('--replace') });
  expect(await json('client', 'pull', place, '--replace')).toMatchObject({ changed: true });
});

it('half a document, and a state that was damaged, are never in force', async () => {
  const state = join(cwd, 'client', 'policy-store', 'state.json');
  const good = readFileSync(state);
  writeFileSync(state, good.subarray(0, good.length / 2));
  expect(await refused('client', 'pull', place)).toMatchObject({
    code: 2,
    text: expect.stringContaining('STORE_CORRUPT'),
  });
  writeFileSync(state, good);
  const { document } = JSON.parse(good.toString()).layers[place].current;
  const kept = join(cwd, 'client', 'policy-store', `${document.replace(':', '-')}.yaml`);
  writeFileSync(kept, 'mode: observe');
  const config = await loadConfig({ home: join(cwd, 'client') }, {}, cwd);
  expect(() => loadKeptDocument(config, document)).toThrow('was changed');
  // What the failure says helps: the same pull brings it back.
  await ok('client', 'policy', 'pull', place);
  expect(readFileSync(kept, 'utf8')).toBe(inForce('client'));
});

it('a pull that was killed between its two files does not block the next one', async () => {
  await ok('client', 'policy', 'pull', place);
  await push(write('three.yaml', 'true || sbom.complete'));
  const file = join(cwd, 'client', 'policy.yaml');
  writeFileSync(file, 'mode: observe');
  const { code, text } = await refused('client', 'pull', place);
  expect([code, text]).toEqual([2, expect.stringContaining('was not written by a pull')]);
  // It ended before it said what it wrote; here, it had written it.
  writeFileSync(file, readFileSync(join(cwd, 'three.yaml')));
  await push(write('two.yaml', 'sbom.complete'));
  expect(await json('client', 'pull', place)).toMatchObject({ changed: true });
  const state = join(cwd, 'client', 'policy-store', 'state.json');
  expect(JSON.parse(readFileSync(state, 'utf8')).writing).toBeUndefined();
});

it('truth C1: a signed policy of another repository is not the policy of this one', async () => {
  const sandbox = `${registry.registry}/sandbox/policy`;
  await ok('author', 'policy', 'push', sandbox, '--policy', write('lax.yaml', 'true'));
  await ok('team', 'policy', 'pull', sandbox);
  await ok('client', 'copy', sandbox, `${place}:copied`);
  const { code, text } = await refused('client', 'pull', `${place}:copied`);
  expect([code, text]).toEqual([3, expect.stringContaining('was pushed to sandbox/policy')]);
  expect(inForce('client')).toContain('sbom.complete');
});

it('a history that goes round, and a description of another document, are refused', async () => {
  const config = await loadConfig({ home: join(cwd, 'author') }, {}, cwd);
  const key = orThrow(await openSigningKey(config, 'default', {}));
  const client = await openCommandClient(config, {});
  const { signal } = new AbortController();
  const reference = orThrow(parseImageReference(`${place}:round`));
  const newest = orThrow(parseImageReference(place));
  const previous = await verifyRevision(config, { source: client, reference: newest }, signal);
  const back = { ...previous, revision: { ...previous.revision, number: 0 } };
  const text = readFileSync(join(cwd, 'one.yaml'));
  const now = toInstant(Date.now());
  const call = { text, key, now, signal, message: null, effectiveFrom: null, rollbackTo: null };
  const at = { source: client, target: client, reference };
  await pushRevision(at, { ...call, previous: back, seen: 0 });
  expect((await refused('author', 'log', `${place}:round`)).text).toContain('stands behind');
  // Signed, and about another document than it says.
  const other = readFileSync(join(cwd, 'lax.yaml'));
  const { revision } = previous;
  const description = toContent(POLICY_DESCRIPTION_TYPE, formatRevision(revision));
  const document = toContent(POLICY_DOCUMENT_TYPE, other);
  const manifest = buildImageManifest({
    ...{ config: description.descriptor, layers: [document.descriptor] },
  });
  for (const blob of [description, document]) orThrow(await client.pushBlob(place, blob));
  const target = { target: client, repository: place, tag: 'forged' };
  await pushSigned(target, manifest, { key, at: now, signal });
  const forged = await refused('team', 'pull', `${place}:forged`);
  expect(forged.text).toContain('has another document than it says');
  client.close();
});

it('layers only tighten: a team may add and narrow, never loosen', async () => {
  const team = `${registry.registry}/shop/policy`;
  write('org.yaml', 'true', 'parameters: { scanAgeMax: 24h }');
  const own = `${registry.registry}/org/policy`;
  await json('author', 'push', own, '--policy', 'org.yaml');
  const stricter = policyText(
    `${ruleText('sbom.complete').replace('id: r', 'id: team')}`,
    'parameters: { scanAgeMax: 12h }',
  );
  writeFileSync(join(cwd, 'team.yaml'), stricter);
  await json('author', 'push', team, '--policy', 'team.yaml');
  expect(await json('team', 'pull', own, team)).toMatchObject({ changed: true });
  const composed = JSON.parse(inForce('team'));
  expect(composed.rules.map(({ id }: { id: string }) => id)).toEqual(['r', 'team']);
  expect(composed.parameters).toEqual({ scanAgeMax: '12h' });
  const before = inForce('team');
  writeFileSync(join(cwd, 'team.yaml'), stricter.replace('12h', '48h'));
  await json('author', 'push', team, '--policy', 'team.yaml');
  const { code, text } = await refused('team', 'pull', own, team);
  expect({ code, text }).toMatchObject({
    code: 2,
    text: expect.stringContaining('longer than 24h'),
  });
  expect(inForce('team')).toBe(before);
});
