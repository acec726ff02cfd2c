import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../tools/process.ts';
import { commandFile } from '../support/command-file.ts';
import { CommandLine } from '../support/command-line.ts';
import { installPlugin, makePluginKey, metadata, signRaw } from '../support/notation-plugin.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';

const notation = peer('notation-peer');
const SUBJECT = 'CN=team,O=Shop,ST=WA,C=US';
let scene: Scene;
let work: string;
let waybill: CommandLine;
/** A folder as notation keeps it, with our root, a policy for everything, and plugins. */
let config: string;

beforeAll(async () => {
  scene = await Scene.open();
  work = mkdtempSync(join(tmpdir(), 'waybill-notation-plugin-'));
  waybill = new CommandLine(work);
  await waybill.output('key', 'generate', 'team', '--subject', SUBJECT);
  config = join(waybill.home, 'notation');
  mkdirSync(join(config, 'plugins/waybill'), { recursive: true });
  await trust(join(waybill.home, 'keys/team.root.crt'), SUBJECT);
});
afterAll(async () => {
  await scene.close();
  rmSync(work, { recursive: true, force: true });
});

/** In our trust document and, for the same repositories, in the trust policy of notation. */
async function trust(certificate: string, identity: string): Promise<void> {
  const repository = `${scene.registry.registry}/shop/image`;
  const where = ['--store', 'team', '--repository', repository];
  await waybill.output(
    'trust',
    'add',
    '--certificate',
    certificate,
    '--identity',
    identity,
    ...where,
  );
}

/** notation gives its own environment to its plugins, and it names our home. */
const peerRun = (...args: readonly string[]) =>
  run(notation ?? '', [...args], {
    env: { PATH: process.env['PATH'], HOME: work, WAYBILL_HOME: waybill.home },
  });

async function pushImage(version: string): Promise<string> {
  const { digest } = await scene.push('image', [{ name: 'tzdata', version }]);
  return `${scene.registry.registry}/shop/image@${digest}`;
}

const plugin = () => join(config, 'plugins/waybill/notation-waybill');
const program = () => join(dirname(commandFile()), 'notation-waybill.js');

/** The forms in which our plugin can be installed: a script that calls it, or a link to it. */
const FORMS: Readonly<Record<string, () => void>> = {
  'a script': () => {
    writeFileSync(plugin(), `#!/bin/sh\nexec '${process.execPath}' '${program()}' "$@"\n`);
    chmodSync(plugin(), 0o755);
  },
  'a link': () => {
    chmodSync(program(), 0o755);
    symlinkSync(program(), plugin());
  },
};

describe.skipIf(notation === null)('N51, N52, B19: notation-go and notation-waybill', () => {
  it.each(
    Object.keys(FORMS).flatMap((form) => [
      [form, 'jws'],
      [form, 'cose'],
    ]),
  )('as %s, it signs as %s for notation, and both verify', async (form, envelope) => {
    rmSync(plugin(), { force: true });
    FORMS[form]?.();
    const image = await pushImage(`1-${form} ${envelope}`.replaceAll(' ', '-'));
    const signed = await peerRun('sign-plugin', image, config, 'waybill', 'team', envelope);
    expect(signed).toMatchObject({ code: 0 });
    // notation adds to what is signed: the metadata of the user.
    expect(await peerRun('verify', image, config, 'run=7')).toMatchObject({ code: 0 });
    expect(await peerRun('verify', image, config, 'run=8')).toMatchObject({ code: 1 });
    expect(await waybill.output('verify', image)).toContain('counts signature by CN=team');
  });

  it('says to notation what went wrong', async () => {
    const image = await pushImage('2');
    const refused = await peerRun('sign-plugin', image, config, 'waybill', 'absent', 'jws');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is no key absent');
  });
});

describe.skipIf(notation === null)('N52, B19: a plugin of others', () => {
  beforeAll(async () => {
    const made = await makePluginKey(work);
    const root = join(work, 'plugin-root.crt');
    writeFileSync(root, made.key.rootPem);
    await trust(root, 'CN=plugin,O=Shop,ST=WA,C=US');
    installPlugin(join(config, 'plugins'), 'shell', {
      'get-plugin-metadata': metadata('shell', ['SIGNATURE_GENERATOR.RAW']),
      ...signRaw(made),
    });
  });

  it.each(['notary-jws', 'notary-cose'])(
    'signs for us and for notation-go alike, as %s',
    async (format) => {
      const ours = await pushImage(`by-us-${format}`);
      const key = ['--key', 'plugin:shell/release'];
      await waybill.output('sign', ours, ...key, '--signature-format', format);
      expect(await peerRun('verify', ours, config)).toMatchObject({ code: 0 });
      const theirs = await pushImage(`by-them-${format}`);
      const form = format.slice('notary-'.length);
      const signed = await peerRun('sign-plugin', theirs, config, 'shell', 'release', form);
      expect(signed).toMatchObject({ code: 0 });
      for (const image of [ours, theirs])
        expect(await waybill.output('verify', image)).toContain('counts signature by CN=plugin');
    },
  );
});
