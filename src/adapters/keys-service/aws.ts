import { openServiceKey, type SigningKeys } from '../../capabilities/signing/index.ts';
import type { JsonObject } from '../../core/json.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { findAwsCredentials } from './aws-credentials.ts';
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
import { signAwsRequest } from './sigv4.ts';

const FORM = 'awskms:///alias/NAME?chain=FILE';
const PEER = 'AWS KMS';
/** Of the AWS Key Management Service API, actions GetPublicKey and Sign. */
const ALGORITHMS = {
  ES256: 'ECDSA_SHA_256',
  ES384: 'ECDSA_SHA_384',
  ES512: 'ECDSA_SHA_512',
  PS256: 'RSASSA_PSS_SHA_256',
  PS384: 'RSASSA_PSS_SHA_384',
  PS512: 'RSASSA_PSS_SHA_512',
} as const;

/**
 * Keys of AWS KMS: `awskms:///KEY`, KEY being an id, an ARN or `alias/NAME`; before the third slash
 * another endpoint may stand. The region is that of the ARN, `?region=`, `AWS_REGION` or
 * `AWS_DEFAULT_REGION`. The key needs `kms:GetPublicKey` and `kms:Sign`.
 */
export function openAwsKeys(env: Variables): SigningKeys {
  return {
    open: (reference) =>
      attempt(async () =>
        orThrow(await openKey(env, reference, parseKeyReference(reference, PARAMETERS, FORM))),
      ),
  };
}

const PARAMETERS = ['chain', 'region'];
const KEY =
  /^(?:[\w-]{1,256}|alias\/[\w/-]{1,250}|arn:aws[\w-]*:kms:[a-z0-9-]{1,40}:\d{12}:(?:key|alias)\/[\w/-]{1,256})$/;

async function openKey(env: Variables, text: string, reference: KeyReference) {
  const key = reference.name;
  // mutant aws-key-of-any-form by keys-service: condition -> false
  if (!KEY.test(key)) throw misnamed(text, FORM);
  const region = findRegion(env, reference);
  const call = await openSession(env, reference.place, region);
  const described = await call('GetPublicKey', { KeyId: key });
  const publicKey = readPublicKey(PEER, {
    spki: Buffer.from(readText(PEER, described, 'PublicKey'), 'base64'),
  });
  const named = described['KeyUsage'];
  if (named !== 'SIGN_VERIFY')
    throw refuse(`the key ${key} of AWS KMS is not for signatures`, 'Use a key for SIGN_VERIFY.');
  const chain = await readNamedChain(reference);
  return openServiceKey(
    {
      what: `the key ${key} of AWS KMS`,
      publicKey,
      form: 'der',
      signDigest: async ({ algorithm, digest }) => {
        const answer = await call('Sign', {
          KeyId: key,
          Message: Buffer.from(digest).toString('base64'),
          MessageType: 'DIGEST',
          SigningAlgorithm: ALGORITHMS[algorithm],
        });
        return Buffer.from(readText(PEER, answer, 'Signature'), 'base64');
      },
    },
    chain,
  );
}

function findRegion(env: Variables, { name, parameters }: KeyReference): string {
  const ofArn = name.startsWith('arn:') ? name.split(':')[3] : undefined;
  const region =
    ofArn ?? parameters.get('region') ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? '';
  if (/^[a-z0-9-]{1,40}$/.test(region)) return region;
  throw refuse('no region of AWS is named', 'Set AWS_REGION, or name the key by its ARN.');
}

type Call = (action: 'GetPublicKey' | 'Sign', input: JsonObject) => Promise<JsonObject>;

async function openSession(env: Variables, place: string, region: string): Promise<Call> {
  const roots = await readTrustedRoots(env['AWS_CA_BUNDLE']);
  const client = openServiceClient({ peer: PEER, env, ...roots });
  const own = env['AWS_ENDPOINT_URL_KMS'] ?? env['AWS_ENDPOINT_URL'];
  const address = own ?? `https://kms.${region}.amazonaws.com/`;
  const url = parseAddress('AWS_ENDPOINT_URL_KMS', place === '' ? address : `https://${place}/`);
  const credentials = await findAwsCredentials(env, region, client);
  return async (action, input) => {
    const body = JSON.stringify(input);
    const headers = {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `TrentService.${action}`,
    };
    const toSign = { url, headers, body, region, service: 'kms', at: new Date() };
    const answer = await client.send(
      { method: 'POST', url, headers: signAwsRequest(credentials, toSign), body },
      (one) => readCode(one).includes('Throttling'),
    );
    if (answer.status === 200) return answer.json;
    const why = [readCode(answer), answer.json['message'] ?? answer.json['Message']];
    const said = describeRefusal(answer, why.filter((one) => typeof one === 'string').join(': '));
    throw refuse(`${PEER} refused ${action}: ${said}`, remedy(readCode(answer)));
  };
}

/** The error, without the namespace that some versions put before it. */
function readCode({ json }: ServiceAnswer): string {
  const type = json['__type'];
  return typeof type === 'string' ? (type.split('#').at(-1) ?? '') : '';
}

function remedy(code: string): string {
  if (code === 'AccessDeniedException')
    return 'Allow kms:GetPublicKey and kms:Sign on the key to this identity.';
  if (code === 'NotFoundException') return 'Check the name of the key, its account and its region.';
  if (/Signature|Token|Credential/.test(code)) return 'Check the credentials and the clock.';
  return 'Check that the key is enabled and is for signatures.';
}
