import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegoBundle, RegoQuery } from '../../capabilities/policy/index.ts';
import { sha256 } from '../../core/digest.ts';
import { restrictCapabilities } from './capabilities.ts';
import { openOpa } from './index.ts';

const QUERY: RegoQuery = {
  ...{ module: 'package q', query: 'data.q', input: {}, schema: {}, unknowns: ['input.nothing'] },
};
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-fake-opa-'));
  writeFileSync(join(folder, 'bundle.tar.gz'), 'rules');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers as opa does, by its first argument. */
function ask(
  answers: { readonly build?: string; readonly deps?: string; readonly eval: string },
  bundle: Partial<RegoBundle> = {},
) {
  const program = join(folder, 'opa');
  const script = `#!/bin/sh
case "$1" in
  capabilities) echo '{"builtins":[{"name":"count"},{"name":"http.send","nondeterministic":true}]}' ;;
  build) ${answers.build ?? 'exit 0'} ;;
  deps) ${answers.deps ?? 'echo "{}"'} ;;
  eval) ${answers.eval} ;;
esac
`;
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  const engine = openOpa({ program, bundle: join(folder, 'bundle.tar.gz'), env: process.env });
  const digest = sha256(Buffer.from('rules'));
  return engine.evaluate({ digest, signedBy: null, ...bundle }, QUERY);
}

describe('opa as a process', () => {
  it('gives what it prints; it gets the restricted functions and no variable of ours', async () => {
    process.env['WAYBILL_SECRET_OF_A_TEST'] = 'secret';
    try {
      const asked = await ask({
        eval: 'if grep -q http.send capabilities.json || env | grep -q SECRET; then exit 1; fi; echo "{}"',
      });
      expect(asked).toEqual({ ok: true, value: {} });
    } finally {
      delete process.env['WAYBILL_SECRET_OF_A_TEST'];
    }
  });

  it('G46: no function reads network, clock, chance, environment or keys', () => {
    const names = ['count', 'json.marshal', 'net.cidr_contains', 'http.send', 'net.lookup_ip_addr'];
    const more = ['time.now_ns', 'opa.runtime', 'rand.intn', 'io.jwt.verify_rs256', 'later.thing'];
    const offered = [...names, ...more].map((name) => ({
      name,
      ...(name === 'time.now_ns' ? { nondeterministic: true } : {}),
    }));
    const { builtins, allow_net } = restrictCapabilities({ builtins: offered });
    expect(builtins).toEqual(names.slice(0, 3).map((name) => ({ name })));
    expect(allow_net).toEqual([]);
  });

  it.each<[string, Parameters<typeof ask>, string]>([
    [
      'bundle of another digest',
      [{ eval: 'echo {}' }, { digest: sha256(Buffer.from('x')) }],
      'DIGEST_MISMATCH',
    ],
    [
      'rule that is refused',
      [{ eval: 'echo \'{"errors":[{"message":"undefined function http.send"}]}\'; exit 2' }],
      'POLICY_INVALID',
    ],
    ['answer that is no JSON', [{ eval: 'echo no' }], 'MALFORMED'],
    ['answer without end', [{ eval: 'yes' }], 'LIMIT_EXCEEDED'],
    [
      'bundle that somebody else signed',
      [
        { build: 'echo "error: verification failed" >&2; exit 1', eval: 'echo {}' },
        { signedBy: { key: 'PEM', id: 'default', algorithm: 'RS256' } },
      ],
      'EVIDENCE_REJECTED',
    ],
  ])('fails for a %s', async (_, [answers, bundle], code) => {
    expect(await ask(answers, bundle)).toMatchObject({ ok: false, failure: { code } });
  });

  it('says what rules read, or fails', async () => {
    const listReads = async (deps: string) => {
      await ask({ deps, eval: 'echo {}' });
      const engine = openOpa({
        ...{
          program: join(folder, 'opa'),
          bundle: join(folder, 'bundle.tar.gz'),
          env: process.env,
        },
      });
      return engine.listReads({ digest: sha256(Buffer.from('rules')), signedBy: null }, QUERY);
    };
    const path = '[{"type":"var","value":"input"},{"type":"string","value":"facts"}]';
    expect(await listReads(`echo '{"base":[${path}]}'`)).toEqual({
      ok: true,
      value: [['input', 'facts']],
    });
    for (const deps of ['echo []', `echo '{"base":[[{"type":"ref","value":[]}]]}'`])
      expect(await listReads(deps)).toMatchObject({ failure: { code: 'MALFORMED' } });
  });

  it('fails where the program is not there', async () => {
    const engine = openOpa({
      ...{ program: join(folder, 'absent'), bundle: join(folder, 'bundle.tar.gz'), env: {} },
    });
    const bundle = { digest: sha256(Buffer.from('rules')), signedBy: null };
    expect(await engine.evaluate(bundle, QUERY)).toMatchObject({
      failure: { code: 'CONFIG_INVALID' },
    });
  });
});
