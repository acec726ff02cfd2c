import { parseCertificate } from '../../../src/capabilities/signing/x509/certificate.ts';
import { toInstant } from '../../../src/core/instant.ts';
import { orThrow } from '../../../src/core/result.ts';
import { writeDer } from '../../../src/formats/der/write.ts';
import { FIXTURE_NOW } from '../../support/certificates.ts';
import { nameServices, revocableChain, testCrl, testOcsp } from '../../support/revocation.ts';
import { testStamper } from '../../support/timestamps.ts';
import type { ParserName } from './parsers.ts';
import type { Row } from './target.ts';

const DIRECTORY = 'capabilities/signing/revocation';

/** Lists and answers of revocation services. */
export async function makeRevocationRows(): Promise<readonly Row[]> {
  const services = { crl: 'http://a.example/crl', ocsp: 'http://a.example/ocsp' };
  const { root, leaf } = await revocableChain('fuzz', services);
  const issuer = orThrow(parseCertificate(root.der));
  const at = toInstant(FIXTURE_NOW - 1_000);
  const entries = [{ serial: leaf.serial, reason: 1, invalidSince: at }];
  const crl = testCrl(root, { entries, number: 4 });
  const answers = [
    testOcsp(root, leaf, { certificates: [root.der], nonce: Buffer.alloc(32) }),
    testOcsp(root, leaf, { state: { at, reason: 1 } }),
  ];
  const points = nameServices(services).map(({ extnValue }) => new Uint8Array(extnValue.buffer));
  const status = writeDer(0x30, writeDer(0x02, Buffer.from([0])));
  const stamped = writeDer(0x30, status, testStamper('fuzz').stamp(crl, FIXTURE_NOW));
  const row = (reader: ParserName, samples: readonly Uint8Array[]): Row => ({
    reader: `${DIRECTORY}/${reader}`,
    takes: 'bytes',
    form: 'bytes',
    samples,
  });
  const question = { certificate: leaf, issuer, nonce: null, now: FIXTURE_NOW };
  return [
    {
      ...row('crl.ts readCrl', [crl]),
      reads: ['formats/der/der.ts readDerSpan', 'formats/der/der.ts readDerSpans'],
    },
    { ...row('ocsp.ts readOcspResponse', answers), reads: [`${DIRECTORY}/crl.ts readDetails`] },
    {
      ...row('crl.ts readCrl', [stamped]),
      reader: 'capabilities/signing/timestamps/request-timestamp.ts readTimestampResponse',
    },
    row('services.ts readDistributionPoints', points),
    {
      ...row('check-chain.ts readAndVerify', answers),
      args: ['$', question],
    },
  ];
}
