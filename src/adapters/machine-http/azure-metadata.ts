import { readMachineAnswer } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { openServiceExchange } from '../../system/http/service-exchange.ts';

export interface MachinePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const METADATA = 'http://169.254.169.254';
/** The first version whose document names the subscription is older; this one is everywhere. */
const API_VERSION = '2021-02-01';
const PEER = 'the metadata service of Azure';

/**
 * The document that Azure signs for the machine this runs on, with this nonce, as DER; nothing in
 * it is verified. It is asked without a proxy, at its own address or at that of
 * `AZURE_POD_IDENTITY_AUTHORITY_HOST`, as the libraries of Azure do.
 */
export async function takeAzureDocument(
  nonce: string,
  { env, signal }: MachinePlace,
): Promise<Uint8Array> {
  const base = env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] ?? METADATA;
  if (!URL.canParse(base))
    throw new Failure('USAGE', 'AZURE_POD_IDENTITY_AUTHORITY_HOST is no address', 'Correct it.');
  const url = new URL('/metadata/attested/document', base);
  url.searchParams.set('api-version', API_VERSION);
  url.searchParams.set('nonce', nonce);
  const bytesMax = LIMITS.machineDocumentBytesMax;
  const options = { peer: PEER, env, signal, code: 'IDENTITY_UNUSABLE' as const, bytesMax };
  const headers = { Metadata: 'true' };
  const { status, bytes } = await openServiceExchange(options).send({
    method: 'GET',
    url,
    headers,
  });
  if (status === 200) return orThrow(readMachineAnswer(bytes));
  throw new Failure(
    'IDENTITY_UNUSABLE',
    `${PEER} answered with the status ${status}`,
    'Run this on the machine of Azure that builds, or name a file with the answer.',
  );
}
