import { Failure } from '../../../core/failure.ts';
import { trimEndCharacters } from '../../../formats/text/cut.ts';
import { readWhole } from '../../../system/files/read-file.ts';
import { openLogins, parseRegistryHost, tryLogin } from '../../compose/registry.ts';
import { loadCallConfig } from '../call-config.ts';
import { paintErr } from '../io.ts';
import type { LoginCall } from '../options/artifacts.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Tries credentials and keeps them. They come from standard input, never from the command line. */
export async function run(call: LoginCall): Promise<Report> {
  const registry = parseRegistryHost(call.args[0] ?? '');
  const credentials = await readCredentials(call);
  const config = await loadCallConfig(call);
  const asked = await tryLogin(config, registry, credentials, call.signal);
  const { file, helper } = await (await openLogins(call.io.env)).save(registry, credentials);
  if (!asked)
    call.io.err(
      `${paintErr(call.io, 'yellow', 'warning:')} ${registry} lets anybody in, so the credentials ` +
        'were not tried\n',
    );
  const user = credentials.kind === 'password' ? credentials.user : null;
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('login', () => ({ registry, user, asked, file, helper })),
    blocks: () => [
      showLine(`logged in to ${registry}${user === null ? '' : ` as ${user}`}`),
      showLine(
        helper === null
          ? `kept in ${file}, not encrypted; a credsStore there would encrypt it`
          : `kept by docker-credential-${helper}`,
      ),
    ],
  };
}

async function readCredentials({ options, io }: LoginCall) {
  const { username, passwordStdin, identityTokenStdin } = options;
  if (passwordStdin === identityTokenStdin || (passwordStdin && username === undefined))
    throw new Failure(
      'USAGE',
      'no credentials',
      'Write: waybill login REGISTRY -u NAME --password-stdin < FILE, or --identity-token-stdin.',
    );
  const bytes = await readWhole('standard input', SECRET_BYTES_MAX, io.stdin);
  const secret = trimEndCharacters(Buffer.from(bytes).toString('utf8'), '\r\n');
  // mutant login-with-an-empty-secret by login: condition -> false
  if (secret === '' || /[\0\r\n]/.test(secret))
    throw new Failure('USAGE', 'standard input is not one secret', 'Give the secret alone.');
  if (identityTokenStdin) return { kind: 'identity-token', token: secret } as const;
  const user = username ?? '';
  // mutant login-name-with-a-colon by login: condition -> false
  if (user === '' || user.includes(':'))
    throw new Failure('USAGE', 'a user name has no colon', 'Name the user with -u NAME.');
  return { kind: 'password', user, password: secret } as const;
}

/** An access token of a registry is a few thousand bytes. */
const SECRET_BYTES_MAX = 64 * 1024;
