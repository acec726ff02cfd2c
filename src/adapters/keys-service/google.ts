import {
  openServiceKey,
  type SignatureAlgorithm,
  type SigningKeys,
} from '../../capabilities/signing/index.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { getOwn } from '../../core/own.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { getGoogleToken } from './google-token.ts';
import {
  type KeyReference,
  misnamed,
  parseKeyReference,
  readNamedChain,
  readTrustedRoots,
} from './key-reference.ts';
import { readPublicKey } from './public-key.ts';
import {
  describeRefusal,
  openServiceClient,
  parseAddress,
  readText,
  refuse,
  type ServiceAnswer,
  type Variables,
} from './service-client.ts';

const FORM =
  'gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1?chain=FILE';
const PEER = 'Google Cloud KMS';

/**
 * What a version of a key is for, fixed when it is made (Cloud KMS, CryptoKeyVersionAlgorithm). The
 * others do not sign as the Notary Project asks: PKCS#1 v1.5, or a hash that does not fit the size.
 */
const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  EC_SIGN_P256_SHA256: 'ES256',
  EC_SIGN_P384_SHA384: 'ES384',
  RSA_SIGN_PSS_2048_SHA256: 'PS256',
  RSA_SIGN_PSS_4096_SHA512: 'PS512',
};

/**
 * Keys of Google Cloud KMS: `gcpkms://` and the resource name of one version, also with `versions`
 * for `cryptoKeyVersions`. Needed are `cloudkms.cryptoKeyVersions.viewPublicKey` and
 * `…useToSign` (Cloud KMS REST API v1).
 */
export function openGoogleKeys(env: Variables): SigningKeys {
  return {
    open: (reference) =>
      attempt(async () =>
        orThrow(await openKey(env, reference, parseKeyReference(reference, ['chain'], FORM))),
      ),
  };
}

const NAME =
  /^([\w.:-]{1,100})\/locations\/([\w-]{1,63})\/keyRings\/([\w-]{1,63})\/cryptoKeys\/([\w-]{1,63})\/(?:cryptoKeyVersions|versions)\/([1-9]\d{0,9})$/;

async function openKey(env: Variables, text: string, reference: KeyReference) {
  const [, project, location, ring, key, version] = NAME.exec(reference.name) ?? [];
  if (reference.place !== 'projects' || key === undefined) throw misnamed(text, FORM);
  const name =
    `projects/${project}/locations/${location}/keyRings/${ring}/cryptoKeys/${key}` +
    `/cryptoKeyVersions/${version}`;
  const ask = await openSession(env);
  const read = await ask('GET', `${name}/publicKey`);
  const stated = readText(PEER, read, 'algorithm');
  const algorithm = getOwn(ALGORITHMS, stated);
  if (algorithm === undefined)
    throw refuse(
      `the key ${key} of ${PEER} is for ${stated.slice(0, 60)}, which may not sign (N15, N16)`,
      `Use a key for ${Object.keys(ALGORITHMS).join(', ')}.`,
    );
  const publicKey = readPublicKey(PEER, { pem: readText(PEER, read, 'pem') });
  const what = `the key ${key} of ${PEER}`;
  return openServiceKey(
    {
      what,
      publicKey,
      form: 'der',
      signDigest: async ({ algorithm: wanted, hash, digest }) => {
        if (wanted !== algorithm) throw refuse(`${what} is for ${stated} and has another size`);
        const body = { digest: { [hash]: Buffer.from(digest).toString('base64') } };
        const answer = await ask('POST', `${name}:asymmetricSign`, body);
        return Buffer.from(readText(PEER, answer, 'signature'), 'base64');
      },
    },
    await readNamedChain(reference),
  );
}

type Ask = (method: 'GET' | 'POST', path: string, body?: JsonObject) => Promise<JsonObject>;

async function openSession(env: Variables): Promise<Ask> {
  const roots = await readTrustedRoots(env['SSL_CERT_FILE']);
  const client = openServiceClient({ peer: PEER, env, ...roots });
  const address = env['CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS'];
  const base = parseAddress(
    'CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS',
    address ?? 'https://cloudkms.googleapis.com/',
  );
  const token = await getGoogleToken(env, client);
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return async (method, path, body) => {
    const url = new URL(`/v1/${path}`, base);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await client.send({ method, url, headers, ...sent });
    if (answer.status === 200) return answer.json;
    const why = findWhy(answer);
    throw refuse(`${PEER} refused: ${describeRefusal(answer, why)}`, remedy(answer));
  };
}

function findWhy({ json }: ServiceAnswer) {
  const error = json['error'];
  return isJsonObject(error) ? error['message'] : undefined;
}

function remedy({ status }: ServiceAnswer): string {
  if (status === 401 || status === 403)
    return 'Give the service account Cloud KMS CryptoKey Signer/Verifier on the key.';
  if (status === 404) return 'Check the resource name of the version.';
  return 'Check that the version is enabled.';
}
