import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../tools/process.ts';

/** What a program that must succeed printed. */
export async function runTool(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const ended = await run(program, [...args], { env: { PATH: process.env['PATH'], ...env } });
  if (ended.code !== 0) throw new Error(`${program} ${args.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}

/** A certificate for a key of a token, by a root of its own: what an authority would do. */
export async function certifyKey(folder: string, name: string, publicKey: string): Promise<string> {
  const at = (file: string) => join(folder, `${name}-${file}`);
  const openssl = (...args: readonly string[]) => runTool('openssl', args, {});
  const leaf = 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n';
  writeFileSync(at('leaf.cnf'), `${leaf}extendedKeyUsage=codeSigning\n`);
  await openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', at('root.key'), '-out', at('root.crt'), '-days', '30', '-subj'],
    ...[`/C=US/ST=WA/O=Shop/CN=Root ${name}`, '-addext', 'keyUsage=critical,keyCertSign'],
  );
  // The request is by another key: the certificate is for the key of the token all the same.
  await openssl(
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', at('unused.key'), '-out', at('leaf.csr')],
    ...['-subj', `/C=US/ST=WA/O=Shop/CN=${name}`],
  );
  const pem = at('public.pem');
  await openssl('pkey', '-pubin', '-inform', 'DER', '-in', publicKey, '-pubout', '-out', pem);
  await openssl(
    ...['x509', '-req', '-in', at('leaf.csr'), '-force_pubkey', pem, '-CA', at('root.crt')],
    ...['-CAkey', at('root.key'), '-days', '20', '-extfile', at('leaf.cnf')],
    ...['-out', at('leaf.crt'), '-set_serial', '7'],
  );
  const chain = at('chain.pem');
  writeFileSync(chain, await runTool('cat', [at('leaf.crt'), at('root.crt')], {}));
  return chain;
}
