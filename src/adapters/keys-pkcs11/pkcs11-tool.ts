import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { checkProgram } from '../../system/processes/check-program.ts';
import { CHILD_ENVIRONMENT, pickEnvironment } from '../../system/processes/child-environment.ts';
import { runChild } from '../../system/processes/run-child.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Where the libraries of devices look for their configuration. */
const OF_LIBRARIES = [
  'SOFTHSM2_CONF',
  'TPM2_PKCS11_STORE',
  'TPM2_PKCS11_TCTI',
  'TPM2_PKCS11_BACKEND',
  'TSS2_LOG',
  'OPENSC_CONF',
  'YUBIHSM_PKCS11_CONF',
  'DBUS_SESSION_BUS_ADDRESS',
];
const PIN = 'TOKEN_PIN';

/** One key of a token, asked through `pkcs11-tool` of OpenSC. */
export interface Pkcs11Session {
  /** `Certificate`, `PublicKey`: DER; null where the token has none for this key. */
  readObject(type: 'cert' | 'pubkey'): Promise<Buffer | null>;
  /** The signature of a digest, with these options of the mechanism. */
  sign(digest: Uint8Array, mechanism: readonly string[]): Promise<Buffer>;
}

/** Throws a Failure where the library may not be loaded. The PIN is used for `sign` only. */
export async function openSession(
  uri: Pkcs11Uri,
  env: Variables,
  findPin: () => Promise<string | null>,
): Promise<Pkcs11Session> {
  const module = await findModule(uri.modulePath ?? env['WAYBILL_PKCS11_MODULE'] ?? '');
  const place = [
    ...['--module', module],
    ...(uri.token === null ? [] : ['--token-label', uri.token]),
    ...(uri.slotId === null ? [] : ['--slot', String(uri.slotId)]),
  ];
  const named = [
    ...(uri.object === null ? [] : ['--label', uri.object]),
    ...(uri.id === null ? [] : ['--id', uri.id]),
  ];
  const run = (args: readonly string[], pin: string | null, input?: Uint8Array) =>
    runTool([...place, ...args], env, { pin, ...(input === undefined ? {} : { input }) });
  let pin: Promise<string | null> | null = null;
  let id: Promise<string> | null = null;
  const runAsUser = async (args: readonly string[], input?: Uint8Array): Promise<Buffer> => {
    pin ??= findPin();
    const known = await pin;
    const login = known === null ? [] : ['--login', '--pin', `env:${PIN}`];
    const { code, out, said } = await run([...login, ...args], known, input);
    if (code === 0 && out.length > 0) return out;
    throw explain(said);
  };
  const findId = async (): Promise<string> => {
    const list = await runAsUser(['--list-objects', '--type', 'privkey']);
    return selectKeyId(list.toString('utf8'), uri);
  };
  return {
    readObject: async (type) => {
      const { code, out, said } = await run(['--read-object', '--type', type, ...named], null);
      if (code === 0 && out.length > 0) return out;
      // OpenSC 0.23 does not read public keys on P-384 and P-521.
      if (/object not found|cannot create EVP_PKEY/i.test(said)) return null;
      throw explain(said);
    },
    sign: async (digest, mechanism) => {
      id ??= findId();
      return runAsUser(['--sign', '--id', await id, ...mechanism], digest);
    },
  };
}

/**
 * The id of the one private key that the URI names, in the list of `pkcs11-tool`. When it signs,
 * the tool heeds only an id: without one it takes any key.
 */
export function selectKeyId(
  list: string,
  { object, id }: Pick<Pkcs11Uri, 'object' | 'id'>,
): string {
  const keys = list.split(/^Private Key Object/m).slice(1);
  const read = (text: string, name: string): string | null => {
    const line = text.split('\n').find((one) => one.trimStart().startsWith(`${name}:`));
    return line === undefined ? null : line.slice(line.indexOf(':') + 1).trim();
  };
  const ids = keys.flatMap((key) => {
    const own = read(key, 'ID')?.toLowerCase() ?? '';
    // mutant pkcs11-key-of-another-label by pkcs11: condition -> false
    if (object !== null && read(key, 'label') !== object) return [];
    return id !== null && own !== id ? [] : [own];
  });
  const [only] = ids;
  if (only === undefined)
    throw refuse(
      'the token shows no such key',
      'Check the names of the token and the key, and its PIN: pin-source=FILE.',
    );
  // mutant pkcs11-keys-of-one-name by pkcs11: condition -> false
  if (ids.length > 1)
    throw refuse('the token has several keys of this name', 'Name the key by its id: id=%01.');
  if (!/^(?:[0-9a-f]{2})+$/.test(only))
    throw refuse('the key has no id on the token', 'Give it one: pkcs11-tool --set-id.');
  return only;
}

/** The library is loaded into a process that has the PIN, so it must be what was installed. */
async function findModule(path: string): Promise<string> {
  if (!path.startsWith('/'))
    throw new Failure(
      'USAGE',
      'the PKCS#11 library of the device is not named',
      'Add module-path=/FOLDER/LIBRARY.so to the key, or set WAYBILL_PKCS11_MODULE.',
    );
  // Distributions install links to versions.
  const real = await realpath(path).catch((cause: unknown) => {
    throw toFileFailure(path, cause);
  });
  const unsafe = await checkProgram(real, dirname(real), 'library');
  // mutant pkcs11-library-of-everybody by pkcs11: condition -> false
  if (unsafe !== null) throw unsafe;
  return real;
}

/** The PIN is in the environment of this child alone: never in its arguments, which all can see. */
async function runTool(
  args: readonly string[],
  env: Variables,
  { pin, input }: { readonly pin: string | null; readonly input?: Uint8Array },
) {
  const own = pickEnvironment(env, [...CHILD_ENVIRONMENT, ...OF_LIBRARIES]);
  const end = await runChild({
    program: 'pkcs11-tool',
    args,
    env: { ...own, LC_ALL: 'C', ...(pin === null ? {} : { [PIN]: pin }) },
    timeMs: LIMITS.keyDeviceMs,
    bytesMax: LIMITS.configBytesMax,
    ...(input === undefined ? {} : { input }),
  });
  if (end.kind === 'ended') return { code: end.code, out: end.out, said: end.err.toString('utf8') };
  if (end.kind === 'failed')
    throw refuse(
      `pkcs11-tool did not run to its end: ${toOneLine(end.why)}`,
      'Install OpenSC, which has pkcs11-tool, and check the library of the token.',
    );
  const seconds = LIMITS.keyDeviceMs / 1_000;
  throw refuse(`the token gave no answer within ${seconds} seconds`, 'Check that it is there.');
}

const EXPLANATIONS: readonly (readonly [RegExp, string, string])[] = [
  [/CKR_PIN_LOCKED/, 'the PIN of the token is locked', 'Unlock it with the tool of the token.'],
  [/CKR_PIN_/, 'the PIN of the token is wrong', 'Check it: after some more tries it is locked.'],
  [/No slot with/i, 'there is no such token', 'See those there are: pkcs11-tool --list-slots.'],
  [
    /key not found|CKR_USER_NOT_LOGGED_IN/i,
    'the token shows no such key',
    'Check the names of the token and the key, and its PIN: pin-source=FILE.',
  ],
  [/failed to load/i, 'the PKCS#11 library cannot be loaded', 'Check module-path.'],
];

/** What the tool said, in our words: its own may quote what it was given. */
function explain(said: string): Failure {
  const known = EXPLANATIONS.find(([form]) => form.test(said));
  if (known !== undefined) return refuse(known[1], known[2]);
  const [code = 'it gave no reason'] = /CKR_[A-Z0-9_]{1,60}/.exec(said) ?? [];
  return refuse(`the token refused: ${code}`, 'Check that it is there and may sign.');
}

function refuse(message: string, remedy: string): Failure {
  return new Failure('KEY_UNUSABLE', message, remedy);
}
