import {
  PLUGIN_COMMANDS,
  PLUGIN_CONTRACT,
  type SigningKey,
  selectKeySpec,
} from '../../capabilities/signing/index.ts';
import { toFailure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { openSigningKey } from '../compose/key-stores.ts';
import { version } from '../compose/version.ts';
import { loadConfig } from '../config/config.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report/report.ts';

/** Error codes of the contract of plugins. */
type ErrorCode = 'VALIDATION_ERROR' | 'UNSUPPORTED_CONTRACT_VERSION' | 'ERROR';

class PluginError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Waybill as a plugin of notation, `notation-waybill`: one command of the contract (version 1.0 of
 * plugin-extensibility.md), a request on stdin, an answer on stdout, an error as JSON on stderr. It
 * signs with the keys of Waybill's stores; the id of a key is its name.
 */
export async function runAsPlugin(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const request = await readRequest(io);
    io.out(`${JSON.stringify(await answer(argv[0] ?? '', request, io))}\n`);
    return 0;
  } catch (thrown) {
    const { errorCode, errorMessage } = describeError(thrown);
    io.err(`${JSON.stringify({ errorCode, errorMessage })}\n`);
    return 1;
  }
}

function describeError(thrown: unknown) {
  if (thrown instanceof PluginError)
    return { errorCode: thrown.code, errorMessage: thrown.message };
  const { code, message, remedy } = toFailure(thrown);
  const errorCode = code === 'USAGE' ? 'VALIDATION_ERROR' : 'ERROR';
  return { errorCode, errorMessage: `${message}. ${remedy}` };
}

async function readRequest({ stdin }: Io): Promise<JsonObject> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stdin) {
    const read = Buffer.from(piece as Uint8Array);
    bytes += read.length;
    // mutant plugin-request-without-end by notation-plugin: condition -> false
    if (bytes > LIMITS.pluginRequestBytesMax)
      throw new PluginError('VALIDATION_ERROR', 'the request is too large');
    pieces.push(read);
  }
  const parsed = parseJson(Buffer.concat(pieces), { bytesMax: LIMITS.pluginRequestBytesMax });
  if (!parsed.ok || !isJsonObject(parsed.value))
    throw new PluginError('VALIDATION_ERROR', 'the request is no JSON object');
  return parsed.value;
}

async function answer(command: string, request: JsonObject, io: Io): Promise<JsonObject> {
  if (command === 'get-plugin-metadata') return describePlugin();
  const contract = request['contractVersion'];
  // mutant request-of-another-contract by notation-plugin: condition -> false
  if (contract !== PLUGIN_CONTRACT)
    throw new PluginError(
      'UNSUPPORTED_CONTRACT_VERSION',
      `only version ${PLUGIN_CONTRACT} of the contract is spoken`,
    );
  if (command === 'describe-key') {
    const { keyId, key } = await openNamedKey(request, io);
    return { keyId, keySpec: selectKeySpec(key.algorithm).keySpec };
  }
  if (command === 'generate-signature') return signPayload(request, io);
  const known = PLUGIN_COMMANDS.slice(0, 3).join(', ');
  throw new PluginError('VALIDATION_ERROR', `this plugin knows only the commands ${known}`);
}

function describePlugin(): JsonObject {
  return {
    name: 'waybill',
    description: 'Signs with the keys of Waybill: files, PKCS#11, Vault and clouds',
    version: version(),
    url: 'https://waybill.dev',
    supportedContractVersions: [PLUGIN_CONTRACT],
    capabilities: ['SIGNATURE_GENERATOR.RAW'],
  };
}

/** Keys that are themselves of a plugin or of notation: this would be a loop. */
const LOOPING = /^(?:plugin|notation):/;

async function openNamedKey(
  request: JsonObject,
  { env, cwd }: Io,
): Promise<{ readonly keyId: string; readonly key: SigningKey }> {
  const { keyId, pluginConfig } = request;
  if (typeof keyId !== 'string' || keyId === '')
    throw new PluginError('VALIDATION_ERROR', 'keyId is missing: give the name of a key');
  // mutant plugin-that-runs-itself by notation-plugin: condition -> false
  if (LOOPING.test(keyId))
    throw new PluginError('VALIDATION_ERROR', 'notation can use the keys of its plugins itself');
  if (isJsonObject(pluginConfig) && Object.keys(pluginConfig).length > 0)
    throw new PluginError('VALIDATION_ERROR', 'this plugin has no configuration of its own');
  const config = await loadConfig({}, env, cwd);
  return { keyId, key: orThrow(await openSigningKey(config, keyId, env)) };
}

async function signPayload(request: JsonObject, io: Io): Promise<JsonObject> {
  const { payload, keySpec, hashAlgorithm } = request;
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'base64') : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.toString('base64') !== payload)
    throw new PluginError('VALIDATION_ERROR', 'payload is missing or not base64');
  const { keyId, key } = await openNamedKey(request, io);
  const spec = selectKeySpec(key.algorithm);
  // mutant plugin-asked-for-another-algorithm by notation-plugin: condition -> false
  if (keySpec !== spec.keySpec || hashAlgorithm !== spec.hashAlgorithm)
    throw new PluginError(
      'VALIDATION_ERROR',
      `the key is ${spec.keySpec} and signs with ${spec.hashAlgorithm}`,
    );
  const signature = await key.sign(bytes);
  return {
    keyId,
    signature: Buffer.from(signature).toString('base64'),
    signingAlgorithm: spec.signingAlgorithm,
    certificateChain: key.chain.map((der) => Buffer.from(der).toString('base64')),
  };
}
