import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { run as runCommand } from '../../src/entrypoints/cli/command-line.ts';
import { CommandHere } from '../support/command-line.ts';
import { type Distribution, startDistribution } from '../support/distribution.ts';
import { peer } from '../support/peer.ts';
import { testIo } from '../support/test-io.ts';

const oras = peer('oras');
const crane = peer('crane');
const distribution = peer('registry');

interface Tree {
  readonly digest?: string;
  readonly referrers?: readonly Tree[];
}

describe.skipIf(oras === null || crane === null || distribution === null)('waybill copy', () => {
  let work: string;
  let line: CommandHere;
  let ours: RunningRegistry;
  /** A registry without the referrers API, which keeps what is attached behind fallback tags. */
  let theirs: Distribution;
  let release: string;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'waybill-copy-'));
    await mkdir(join(work, 'docker'));
    line = new CommandHere(work);
    ours = orThrow(await startRegistry({ root: join(work, 'ours') }));
    theirs = await startDistribution(distribution);
    release = `${theirs.address}/shop/trips:1.0`;
    await makeRelease();
  });
  afterAll(async () => {
    await theirs.stop();
    await ours.close();
    await line.close();
    await rm(work, { recursive: true });
  });

  async function run(program: string | null, ...args: readonly string[]): Promise<string> {
    const env = { HOME: work, DOCKER_CONFIG: join(work, 'docker'), PATH: process.env['PATH'] };
    const options = { cwd: work, env, maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)(program ?? 'absent', [...args], options)).stdout;
  }

  /** An image by crane; by oras an SBOM, and something that is attached to the SBOM. */
  async function makeRelease(): Promise<void> {
    await writeFile(join(work, 'file'), 'content');
    await promisify(execFile)('tar', ['-cf', 'layer.tar', 'file'], { cwd: work });
    await run(crane, 'append', '--insecure', '-f', 'layer.tar', '-t', release);
    await attach(release, 'application/spdx+json');
    const [sbom] = (await discover(release, '--plain-http')).referrers ?? [];
    await attach(`${theirs.address}/shop/trips@${sbom?.digest}`, 'application/x-signature');
  }

  const attach = (subject: string, type: string) =>
    run(oras, 'attach', '--plain-http', '--artifact-type', type, subject, 'file:text/plain');

  async function discover(reference: string, ...options: readonly string[]): Promise<Tree> {
    const format = ['--format', 'json', '--depth', '5'];
    return JSON.parse(await run(oras, 'discover', ...options, ...format, reference)) as Tree;
  }

  const digests = (tree: Tree): readonly unknown[] =>
    (tree.referrers ?? []).map((one) => [one.digest, digests(one)]);

  it('I13, N7: oras finds in each copy all that it attached, also after the way back', async () => {
    const wanted = digests(await discover(release, '--plain-http'));
    expect(JSON.stringify(wanted).match(/sha256/g)).toHaveLength(2);
    const copied = `${ours.registry}/mirror/trips:1.0`;
    await line.output('copy', release, copied);
    expect(digests(await discover(copied, '--plain-http'))).toEqual(wanted);
    await line.output('copy', copied, 'oci:layout:1.0');
    expect(digests(await discover('layout:1.0', '--oci-layout'))).toEqual(wanted);
    const back = `${theirs.address}/back/trips:1.0`;
    await line.output('copy', 'oci:layout:1.0', back);
    expect(digests(await discover(back, '--plain-http'))).toEqual(wanted);
    const digest = await run(crane, 'digest', '--insecure', release);
    expect(await run(crane, 'digest', '--insecure', back)).toBe(digest);
    await run(crane, 'validate', '--insecure', '--remote', back);
  });

  it('I13: what oras copied to a layout is copied on, and what crane copied as well', async () => {
    await run(oras, 'cp', '-r', '--from-plain-http', '--to-oci-layout', release, 'oras:1.0');
    const from = `${ours.registry}/from/oras:1.0`;
    await line.output('copy', 'oci:oras:1.0', from);
    expect(digests(await discover(from, '--plain-http'))).toEqual(
      digests(await discover(release, '--plain-http')),
    );
    await run(crane, 'pull', '--insecure', '--format', 'tarball', release, 'docker.tar');
    const plain = `${ours.registry}/from/crane:1.0`;
    await line.output('copy', 'docker-archive:docker.tar', plain);
    await run(crane, 'validate', '--insecure', '--remote', plain);
    await run(crane, 'pull', '--insecure', '--format', 'oci', release, 'crane');
    await line.output('copy', 'oci:crane', `${ours.registry}/from/layout:1.0`);
  });

  it('an archive that it wrote is read by oras', async () => {
    await line.output('copy', release, 'oci-archive:trips.tar');
    expect(digests(await discover('trips.tar:1.0', '--oci-layout'))).toEqual(
      digests(await discover(release, '--plain-http')),
    );
  });
});

describe.skipIf(oras === null)('waybill login', () => {
  it('I13: oras uses what it kept, and it uses what oras kept', async () => {
    const work = await mkdtemp(join(tmpdir(), 'waybill-login-'));
    const auth = { users: { ann: 's3cret' } };
    const guarded = orThrow(await startRegistry({ root: join(work, 'registry'), auth }));
    const env = { HOME: work, DOCKER_CONFIG: work, PATH: process.env['PATH'] };
    const { registry } = guarded;
    const ask = async (secret: string, ...args: readonly string[]) => {
      const stdin = Readable.from([secret]);
      const home = { ...env, WAYBILL_HOME: join(work, 'home') };
      return runCommand(args, { ...testIo(), env: home, cwd: work, stdin });
    };
    const run = (...args: readonly string[]) =>
      promisify(execFile)(oras ?? 'absent', [...args], { cwd: work, env });
    try {
      await writeFile(join(work, 'file'), 'content');
      const push = ['push', '--plain-http', `${registry}/a:1`, 'file:text/plain'];
      await expect(run(...push)).rejects.toThrow();
      expect(await ask('s3cret', 'login', registry, '-u', 'ann', '--password-stdin')).toBe(0);
      await run(...push);
      expect(await ask('', 'logout', registry)).toBe(0);
      await expect(run(...push)).rejects.toThrow();
      expect(await ask('', 'copy', `${registry}/a:1`, 'oci:copied')).toBe(3);
      await run('login', '--plain-http', registry, '-u', 'ann', '-p', 's3cret');
      expect(await ask('', 'copy', `${registry}/a:1`, 'oci:copied')).toBe(0);
    } finally {
      await guarded.close();
      await rm(work, { recursive: true });
    }
  });
});
