import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedKey } from '../../../../test/support/certificates.ts';
import {
  type CloudOptions,
  type MachineChange,
  SUBSCRIPTION,
  type TestCloud,
  testCloud,
  VM,
} from '../../../../test/support/machine-documents.ts';
import { sha256 } from '../../../core/digest.ts';
import { orThrow } from '../../../core/result.ts';
import type { MachineCloud } from '../trust/trust-rule.ts';
import { parseCertificates } from '../x509/certificate.ts';
import { readMachineAnswer, toMachineNonce, verifyAttestedDocument } from './attested-document.ts';

const IMAGE = sha256('image');
const cloud = testCloud();

function judge(der: Uint8Array, from: TestCloud = cloud, name: MachineCloud = 'azure'): string {
  const authorities = orThrow(parseCertificates(Buffer.from(from.authoritiesPem)));
  const read = verifyAttestedDocument(der, { digest: IMAGE, cloud: name, authorities });
  return read.ok ? 'ok' : read.failure.message.replace(/^.*does not count: /, '');
}
const change = (what: MachineChange): string => judge(cloud.document(IMAGE, what));
const served = (how: CloudOptions, name?: MachineCloud): string => {
  const other = testCloud(how);
  return judge(other.document(IMAGE), other, name);
};

describe('B7 X5: the document that Azure signs for a machine', () => {
  it('names machine, subscription and time, for the image of its nonce', () => {
    expect(toMachineNonce(IMAGE)).toBe(IMAGE.slice(7, 39));
    const authorities = orThrow(parseCertificates(Buffer.from(cloud.authoritiesPem)));
    const der = orThrow(readMachineAnswer(Buffer.from(cloud.answer(IMAGE))));
    const read = verifyAttestedDocument(der, { digest: IMAGE, cloud: 'azure', authorities });
    expect(orThrow(read)).toMatchObject({ cloud: 'azure', id: VM, subscription: SUBSCRIPTION });
    expect(change({ withAttributes: {} })).toBe('ok');
    expect(change({ hash: '2.16.840.1.101.3.4.2.1' })).toBe('ok');
    expect(change({ subscription: SUBSCRIPTION.toUpperCase() })).toBe('ok');
    expect(served({ hosts: null })).toBe('ok');
    expect(served({ host: 'metadata.azure.us' }, 'azure-us')).toBe('ok');
  });

  it.each<readonly [string, MachineChange, string]>([
    ['with the nonce of another image', { nonce: 'a'.repeat(32) }, 'nonce'],
    ['with a longer nonce', { nonce: IMAGE.slice(7, 40) }, 'nonce'],
    ['without a nonce', { content: { nonce: undefined } }, 'nonce'],
    ['without a subscription', { subscription: null }, 'no subscription'],
    ['of a subscription that is no id', { subscription: '*' }, 'no subscription'],
    ['of no machine', { vm: 'x' }, 'no machine'],
    ['of a time in words', { content: { timeStamp: { createdOn: 'now' } } }, 'times'],
    ['by another key', { key: fixedKey('thief') }, 'signature'],
    ['by SHA-1', { hash: '1.3.14.3.2.26' }, 'hash'],
    ['changed after it was signed', { enclosed: (text) => swap(text) }, 'signature'],
    ['whose attributes are of another', { withAttributes: { of: Buffer.from('{}') } }, 'another'],
    ['of two signers', { signers: (one) => [one, one] }, 'one signer'],
    ['of no signer', { signers: () => [] }, 'one signer'],
    ['without the certificate of its signer', { certificates: [] }, 'certificate of its signer'],
  ])('%s does not count', (_, what, why) => {
    expect(change(what)).toContain(why);
    expect(change({})).toBe('ok');
  });

  it.each<readonly [string, CloudOptions, string]>([
    ['of another host', { hosts: ['metadata.azure.com.example.com'] }, 'metadata.azure.com'],
    ['of a host that ends alike', { hosts: ['evilmetadata.azure.com'] }, 'metadata.azure.com'],
    ['of another host by its common name', { hosts: ['example.com'] }, 'metadata.azure.com'],
    ['of another cloud', { host: 'metadata.azure.cn' }, 'metadata.azure.com'],
    ['that is for clients only', { purposes: [2] }, 'certificate of a server'],
    ['that may not sign', { usage: 4 }, 'certificate of a server'],
  ])('by a certificate %s does not count', (_, how, why) => {
    expect(served(how)).toContain(why);
    expect(served({})).toBe('ok');
  });

  it('by an authority that is in no trust store does not count', () => {
    const other = testCloud({ root: 'other' });
    expect(judge(other.document(IMAGE), cloud)).toContain('no authority');
    expect(judge(other.document(IMAGE), other)).toBe('ok');
  });

  it('of any bytes, cut or changed, is refused with a reason', () => {
    const good = cloud.document(IMAGE);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => judge(bytes) !== 'ok'));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ by;
        expect(typeof judge(bad)).toBe('string');
        expect(judge(good.subarray(0, at))).not.toBe('ok');
      }),
      { numRuns: 30 },
    );
  });

  it.each(['', '{}', '{"encoding":"jws","signature":"AA=="}', '{"encoding":"pkcs7"}', '[1]'])(
    'an answer that holds none is refused: %s',
    (text) => expect(readMachineAnswer(Buffer.from(text)).ok).toBe(false),
  );
});

/** Another subscription of the same length. */
function swap(text: Buffer): Buffer {
  return Buffer.from(text.toString().replace(SUBSCRIPTION, SUBSCRIPTION.replace('8d', '9d')));
}
