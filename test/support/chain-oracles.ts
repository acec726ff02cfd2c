import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { checkPath, checkValidity } from '../../src/capabilities/signing/x509/chain.ts';
import { writeChainPem, writePem } from '../../src/formats/der/pem.ts';
import { FIXTURE_NOW } from './certificates.ts';
import type { ChainCase } from './chain-cases.ts';

const AT_SECONDS = Math.floor(FIXTURE_NOW / 1_000);

/** Our verdict: `ok`, or the flaw. */
export function judgeByWaybill({ chain }: ChainCase): string {
  const path = checkPath(chain, 'code-signing');
  if (!path.ok) return path.flaw;
  return checkValidity(path.chain, FIXTURE_NOW)?.flaw ?? 'ok';
}

/**
 * One shell checks all chains: a process started from here costs more than one started from a
 * shell. The roots of the machine are not asked.
 */
const SCRIPT = `
for leaf in *-leaf.pem; do
  at=\${leaf%-leaf.pem}; set --; [ -s "$at-rest.pem" ] && set -- -untrusted "$at-rest.pem"
  "$OPENSSL" verify -x509_strict -policy anyPolicy -attime "$AT" -no-CApath -no-CAstore \\
    -CAfile "$at-root.pem" "$@" "$leaf" >"$at.said" 2>&1
done
true`;

/** The verdicts of `openssl verify`: `ok`, or the number and the text of the error. */
export async function judgeByOpenSsl(
  openssl: string,
  cases: readonly ChainCase[],
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-openssl-'));
  try {
    for (const [index, { chain, rootPem }] of cases.entries()) {
      const [leaf = new Uint8Array(), ...rest] = chain;
      writeFileSync(join(folder, `${index}-leaf.pem`), writePem('CERTIFICATE', leaf));
      writeFileSync(join(folder, `${index}-rest.pem`), writeChainPem(rest));
      writeFileSync(join(folder, `${index}-root.pem`), rootPem);
    }
    const env = { ...process.env, OPENSSL: openssl, AT: String(AT_SECONDS) };
    await promisify(execFile)('sh', ['-c', SCRIPT], { cwd: folder, env });
    return cases.map((_, index) => {
      const said = readFileSync(join(folder, `${index}.said`), 'utf8');
      if (/^\d+-leaf\.pem: OK$/m.test(said)) return 'ok';
      return /^error (\d+ at \d+ depth lookup: .*)$/m.exec(said)?.[1] ?? said;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The verdicts of Go's crypto/x509: `ok`, or its words. */
export async function judgeByGo(
  peer: string,
  cases: readonly ChainCase[],
): Promise<readonly string[]> {
  const child = spawn(peer, { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = text(child.stdout);
  for (const { chain, rootPem } of cases) {
    const root = Buffer.from(rootPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const last = chain.at(-1);
    const whole = last !== undefined && root.equals(last) ? chain : [...chain, root];
    const question = {
      at: AT_SECONDS,
      chain: whole.map((der) => Buffer.from(der).toString('base64')),
    };
    child.stdin.write(`${JSON.stringify(question)}\n`);
  }
  child.stdin.end();
  return (await said).split('\n').slice(0, cases.length);
}
