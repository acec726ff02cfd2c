import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseBlobTrustPolicy,
  parseCertificates,
  parseTrustPolicy,
} from '../../src/capabilities/signing/index.ts';
import {
  detectEnvelopeForm,
  readEnvelope,
} from '../../src/capabilities/signing/notary/envelope.ts';
import { parseSignatureManifest } from '../../src/capabilities/signing/notary/manifest.ts';
import { checkCrl } from '../../src/capabilities/signing/revocation/check-crl.ts';
import { findRevoked, readCrl } from '../../src/capabilities/signing/revocation/crl.ts';
import { readTimestampResponse } from '../../src/capabilities/signing/timestamps/request-timestamp.ts';
import { verifyTimestamp } from '../../src/capabilities/signing/timestamps/verify-token.ts';
import { orThrow, type Result } from '../../src/core/result.ts';
import { testData } from '../support/test-data.ts';

/**
 * Every file of four folders of vectors with what Waybill says about it. A file that is not in the
 * table, or with another verdict, fails: none is skipped. What whole verifications say about the
 * envelopes and layouts is in vectors.test.ts, cose.test.ts, blob.test.ts and timestamp.test.ts.
 */
const FOLDERS = ['notation-core', 'notation-e2e', 'notation-go', 'rfc3161'];
const TABLE = readFileSync(new URL('notary-vectors.txt', import.meta.url), 'utf8');
const places = FOLDERS.map((folder) => testData(`vectors/${folder}`));
/** What the program of notation's own tests reads, and Waybill never. */
const FOREIGN = /\.(?:cnf|conf|old|attr|srl|gitkeep)$|\/(?:serial|index\.txt|htpasswd|oci-layout)$/;
const SETTINGS = /configjsons|zot\/config\.json|index\.json$/;

function judgeFile(path: string, bytes: Buffer): string {
  if (FOREIGN.test(path) || SETTINGS.test(path)) return 'no document about signatures';
  if (path.endsWith('-conformance.json')) return 'judged by vectors.test.ts and cose.test.ts';
  if (lstatSync(path).isSymbolicLink()) return 'a link';
  if (path.includes('/blobs/')) return judgeBlob(bytes);
  if (path.includes('/trustpolicies/')) {
    const parse = path.endsWith('.blob.json') ? parseBlobTrustPolicy : parseTrustPolicy;
    return say(parse(bytes.toString()), ({ statements }) => `policy of ${statements.length}`);
  }
  if (path.endsWith('.crl')) return judgeList(path, bytes);
  if (path.endsWith('.p7s')) return judgeToken(path, bytes);
  if (/\.ts[qr]$/.test(path))
    return say(readTimestampResponse(bytes), (token) => `granted: ${judgeToken(path, token)}`);
  if (/\.(?:sig|json)$/.test(path)) return judgeEnvelope(bytes);
  return say(parseCertificates(bytes), (all) => `certificates: ${all.length}`);
}

function judgeEnvelope(bytes: Buffer): string {
  const form = detectEnvelopeForm(bytes);
  const read = readEnvelope(bytes, form);
  if (!read.ok) return `refused: ${read.reason.message}`;
  const { scheme, timestamp, plugin, chain } = read.value;
  const more = [timestamp === null ? '' : ', stamped', plugin === null ? '' : ', needs a plugin'];
  return `${form} by ${scheme}, ${chain.length} certificates${more.join('')}`;
}

function judgeBlob(bytes: Buffer): string {
  const manifest = parseSignatureManifest(bytes);
  if (manifest.ok) return 'a manifest of a signature';
  const envelope = readEnvelope(bytes, detectEnvelopeForm(bytes));
  return envelope.ok ? judgeEnvelope(bytes) : 'no signature';
}

/** Of the chain beside it: who signed the list, and whom it revokes. */
function judgeList(path: string, bytes: Buffer): string {
  const list = readCrl(bytes);
  if (!list.ok) return `refused: ${list.failure.message}`;
  if (!path.includes('/config/crl/')) return 'a list';
  const chain = orThrow(parseCertificates(readFileSync(join(path, '../certchain_with_crl.pem'))));
  const now = list.value.thisUpdate;
  const signer = chain.findIndex((one) => checkCrl(list.value, one, now).ok);
  const revoked = chain.flatMap(({ serial }, at) => {
    const found = findRevoked(list.value, serial);
    return found.ok && found.value === null ? [] : [at];
  });
  const by = signer === -1 ? 'nobody' : signer;
  return `a list signed by ${by} of the chain, revokes ${revoked.join(', ') || 'none of it'}`;
}

function judgeToken(path: string, bytes: Uint8Array): string {
  const folder = path.includes('/rfc3161/') ? join(path, '..') : null;
  const root =
    folder === null
      ? join(path, '../../../truststore/x509/tsa/test-timestamp/globalsignRoot.cer')
      : join(folder, 'GlobalSignRootCA.crt');
  const roots = orThrow(parseCertificates(readFileSync(root)));
  const verified = verifyTimestamp(bytes, Buffer.from('notation'), roots);
  return verified.ok ? 'a timestamp that counts' : `refused: ${verified.reason.message}`;
}

function say<T>(result: Result<T>, describe: (value: T) => string): string {
  return result.ok ? describe(result.value) : `refused: ${result.failure.message}`;
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describe.skipIf(places.includes(null))('the vectors of Notary Project', () => {
  it.each(FOLDERS)('N1–N53: every file of %s has the verdict that is written', (folder) => {
    const place = testData(`vectors/${folder}`) ?? '';
    const root = join(place, '..');
    const lines = listFiles(place).map((path) => {
      const said = judgeFile(path, readFileSync(path)).replaceAll(root, '').slice(0, 120);
      return `${relative(root, path)}: ${said}`.replaceAll(
        /\/blobs\/sha256\/([0-9a-f]{12})[0-9a-f]+/g,
        '/blobs/sha256/$1',
      );
    });
    const expected = TABLE.split('\n').filter((line) => line.startsWith(`${folder}/`));
    expect(lines).toEqual(expected);
  });
});
