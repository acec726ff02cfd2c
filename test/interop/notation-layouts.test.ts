import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../tools/process.ts';
import { CommandLine } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';
import { testData } from '../support/test-data.ts';

const e2e = testData('vectors/notation-e2e');
const notation = peer('notation-peer');
const oras = peer('oras');
const IDENTITY = 'CN=e2e,O=Notary,L=Seattle,ST=WA,C=US';

interface VerificationAnswer {
  readonly standing: string;
  readonly signatures: readonly { readonly standing: string; readonly reason: string | null }[];
}

/**
 * The layouts that notation's own end-to-end tests verify, with the one certificate that these
 * trust.
 */
describe.skipIf(e2e === null)('the signed layouts of notation, on the command line', () => {
  let waybill: CommandLine;
  let folder: string;
  let registry: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-layouts-'));
    waybill = new CommandLine(folder);
    const { line } = await waybill.start(
      'registry',
      'serve',
      'registry',
      '--listen',
      '127.0.0.1:0',
    );
    registry = /http:\/\/([^,]+),/.exec(line)?.[1] ?? '';
    const certificate = join(e2e ?? '', 'config/localkeys/e2e.crt');
    const whom = ['--certificate', certificate, '--store', 'e2e', '--identity', IDENTITY];
    await waybill.output(
      'trust',
      'add',
      ...whom,
      '--repository',
      'registry.example.com/e2e',
      '--statement',
      'image',
    );
  });
  afterAll(async () => {
    await waybill.close();
    rmSync(folder, { recursive: true });
  });

  const findLayout = (name: string): string => join(e2e ?? '', 'registry/oci_layout', name);

  const expected = [
    ['e2e-valid-signature', 0, []],
    ['e2e-valid-multiple-signatures', 0, ['no certificate of CN=testcert11']],
    ['e2e-expired-signature', 1, ['the signature expired at 2023-06-27T05:21:21Z']],
    ['e2e-invalid-signature', 1, ['its layer is "application/vnd.oci.image.layer.v1.tar"']],
    ['e2e-with-expired-cert', 1, ['no certificate of ST=Some-State']],
    ['e2e-with-timestamped-signature', 1, ['no certificate of CN=testcert7']],
    ['e2e-with-invalid-timestamped-signature', 1, ['no certificate of CN=testcert7']],
    ['e2e', 1, []],
  ] as const;

  it.each(expected)(
    'N1–N5, N36: %s ends with %d and the reasons %j',
    async (name, code, reasons) => {
      const where = ['verify', `oci:${findLayout(name)}:v1`, '--as', 'registry.example.com/e2e'];
      const verified = await waybill.json<VerificationAnswer>(...where);
      expect([verified.code, verified.answer.standing]).toEqual([
        code,
        code === 0 ? 'counts' : 'does-not-count',
      ]);
      const said = verified.answer.signatures
        .map(({ reason }) => reason)
        .filter((reason) => reason !== null);
      expect(said).toEqual(reasons.map((reason) => expect.stringContaining(reason)));
    },
  );

  it.skipIf(notation === null || oras === null).each(expected)(
    'N36, N42: of %s notation-go, with the folder that `trust add` wrote, says %d too',
    async (name, code) => {
      const reference = `${registry}/${name}`;
      const env = { ...waybill.env(), DOCKER_CONFIG: folder };
      const copy = [
        'cp',
        '-r',
        '--from-oci-layout',
        '--to-plain-http',
        `${findLayout(name)}:v1`,
        `${reference}:v1`,
      ];
      expect(await run(oras ?? '', copy, { cwd: folder, env })).toMatchObject({ code: 0 });
      const resolved = await run(oras ?? '', ['resolve', '--plain-http', `${reference}:v1`], {
        cwd: folder,
        env,
      });
      const image = `${reference}@${resolved.stdout.trim()}`;
      expect(
        (await run(notation ?? '', ['verify', image, join(waybill.home, 'notation')])).code,
      ).toBe(code);
    },
  );

  it('I16: a signature does not count for a repository without trust in its signer', async () => {
    const where = [
      'verify',
      `oci:${findLayout('e2e-valid-signature')}:v1`,
      '--as',
      'registry.example.com/e2e-other',
    ];
    const { code, answer } = await waybill.json<VerificationAnswer>(...where);
    expect([code, answer.signatures.length]).toEqual([1, 1]);
    expect(answer.signatures[0]?.reason).toContain('is not trusted to state image');
  });
});
