import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB_CLAIMS, jobToken, platformKey } from '../support/job-tokens.ts';
import {
  type MachineChange,
  type RunnerServices,
  SUBSCRIPTION,
  startRunnerServices,
  testCloud,
  VM,
} from '../support/machine-documents.ts';
import { SignedImages } from '../support/signed-images.ts';
import { testStamper } from '../support/timestamps.ts';

const cloud = testCloud();
const stamper = testStamper('job time');
const key = platformKey('ES256');
const machine: { value: MachineChange } = { value: {} };
let images: SignedImages;
let services: RunnerServices;

beforeAll(async () => {
  images = await SignedImages.open();
  services = await startRunnerServices(cloud, stamper, machine);
  const stores = join(images.folder, 'home/notation/truststore/x509');
  for (const name of ['ca/azure', 'tsa/time']) mkdirSync(join(stores, name), { recursive: true });
  images.write('home/notation/truststore/x509/ca/azure/issuers.pem', cloud.authoritiesPem);
  images.write('home/notation/truststore/x509/tsa/time/root.pem', stamper.rootPem);
  writeMachines(SUBSCRIPTION);
  const { iss: issuer } = JOB_CLAIMS['github-actions'];
  const pinned = { platform: 'github-actions', issuer, audience: 'waybill', keys: [key.jwk] };
  images.write('github.json', pinned);
  const claims = JOB_CLAIMS['github-actions'];
  const at = Math.floor(Date.now() / 1_000);
  images.write('token', jobToken(key, { ...claims, iat: at, exp: at + 600 }));
});
afterAll(async () => {
  await services.close();
  await images.close();
});

/** The entry about machines, at the end of the trust document. */
function writeMachines(subscription: string): void {
  const [rules = ''] = readFileSync(join(images.folder, 'home/trust.yaml'), 'utf8').split(
    'machines:',
  );
  const entry = {
    ...{ id: 'vms', repositories: [`${images.registry.registry}/shop/*`], cloud: 'azure' },
    ...{ authority: 'ca:azure', timestamps: 'tsa:time', subscriptions: [subscription] },
  };
  images.write('home/trust.yaml', `${rules}machines: ${JSON.stringify([entry])}\n`);
}

function state(image: string, ...more: readonly string[]) {
  const how = ['--job-token', 'token', '--job-keys', 'github.json', '--key', 'release'];
  const place = { AZURE_POD_IDENTITY_AUTHORITY_HOST: services.url };
  const args = ['provenance', 'runner', image, ...how, '--time-from', `${services.url}/tsa`];
  return images.runWith(place, ...args, ...(more.length > 0 ? more : ['--machine', 'azure']));
}

async function judge(image: string, require: string): Promise<number> {
  const head = 'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: p, revision: 1 }';
  const rule = `{ id: one, description: x, gates: { admission: deny }, require: "${require}"`;
  images.write('p.yaml', `${head}\nmode: enforce\nrules:\n  - ${rule}, message: "'x'", fix: y }\n`);
  return (await images.try('gate', 'admission', image, '--policy', 'p.yaml')).code;
}

const ALLOWED = `runner.machine.allowed && runner.machine.id == '${VM}'`;
const WHOLE =
  `runner.machine.subscription == '${SUBSCRIPTION}' && runner.job.platform == 'github-actions' && ` +
  `runner.job.commit == '${'a'.repeat(40)}' && runner.job.hosted && ` +
  "runner.time.latest < now + duration('10m') && runner.time.earliest > now - duration('1h')";

describe('B7 X5: waybill provenance runner', () => {
  it('binds image, job, machine and time in one statement, which policy reads', async () => {
    const image = await images.push('runner');
    expect(await judge(image, ALLOWED)).toBe(3);
    const { stdout } = await state(image, '--machine', 'azure', '--format', 'json');
    const made = JSON.parse(stdout);
    expect(made).toMatchObject({
      predicateType: 'https://waybill.dev/attestations/build-runner/v1',
      standing: 'counts',
    });
    const nonce = made.image.split('sha256:')[1].slice(0, 32);
    expect(services.asked.at(-1)).toBe(
      `/metadata/attested/document?api-version=2021-02-01&nonce=${nonce} true`,
    );
    expect(await judge(image, ALLOWED)).toBe(0);
    expect(await judge(image, WHOLE)).toBe(0);
    expect(await judge(image, '!runner.machine.allowed')).toBe(1);
    writeMachines(SUBSCRIPTION.replace('8d', '9d'));
    expect(await judge(image, ALLOWED)).toBe(1);
    writeMachines(SUBSCRIPTION);
  });

  it('takes an answer that was asked for before, for this image only', async () => {
    const image = await images.push('asked-before');
    const other = await images.push('another');
    const { digest } = await images.verify(image);
    images.write('answer.json', cloud.answer(digest, now()));
    await state(image, '--machine', 'answer.json');
    expect(await judge(image, ALLOWED)).toBe(0);
    await expect(state(other, '--machine', 'answer.json')).rejects.toThrow('nonce');
    expect(await judge(other, ALLOWED)).toBe(3);
  });

  it('refuses a machine that may not build, and attaches nothing', async () => {
    const image = await images.push('stranger');
    for (const [change, why] of [
      [{ subscription: SUBSCRIPTION.replace('8d', '9d') }, 'is not one of vms'],
      [{ nonce: 'c'.repeat(32) }, 'nonce'],
    ] as const) {
      machine.value = change;
      await expect(state(image)).rejects.toThrow(why);
      machine.value = {};
    }
    expect((await images.verify(image)).documents).toEqual([]);
    expect(await judge(image, ALLOWED)).toBe(3);
  });

  it('counts only by a signer whom the trust document names', async () => {
    const image = await images.push('untrusted');
    await images.run('key', 'generate', 'stranger', '--subject', 'CN=x,O=x,ST=WA,C=US');
    await state(image, '--machine', 'azure', '--key', 'stranger');
    expect(await judge(image, ALLOWED)).toBe(3);
    await state(image);
    expect(await judge(image, ALLOWED)).toBe(0);
  });

  it('a command that adds trust keeps the machines', async () => {
    const where = ['--repository', 'registry.example.com/other', '--store', 'other'];
    const whom = ['--identity', 'CN=x,O=x,ST=WA,C=US'];
    const root = 'home/keys/release.root.crt';
    await images.run('trust', 'add', '--certificate', root, ...whom, ...where);
    expect(images.read('home/trust.yaml')).toContain(SUBSCRIPTION);
  });
});

const now = (): MachineChange => ({ at: (Date.now() - 60_000) as never });
