import { resolve } from 'node:path';
import { isPublicKeyLine } from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { changeGitSettings } from '../../compose/trees.ts';
import { loadConfig } from '../../config/config.ts';
import type { CommitSetupCall } from '../options/develop.ts';
import { showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

type Format = CommitSetupCall['options']['signatureFormat'];

/** Makes git sign commits and tags with one key, and says what it changed. */
export async function run(call: CommitSetupCall): Promise<Report> {
  const { io, options } = call;
  const { signatureFormat: format, global, dryRun } = options;
  const key = format === 'ssh' ? await readSshKeyFile(call) : readKeyName(options.key, format);
  const config = options.config === undefined ? {} : { config: options.config };
  const { allowedSigners } = await loadConfig(config, io.env, io.cwd);
  const settings: (readonly [string, string])[] = [
    ['gpg.format', format],
    ['user.signingKey', key],
    ['commit.gpgSign', 'true'],
    ['tag.gpgSign', 'true'],
  ];
  // Without it git shows even a good signature as one of unknown validity.
  if (format === 'ssh' && allowedSigners !== null)
    settings.push(['gpg.ssh.allowedSignersFile', allowedSigners]);
  const scope = global ? 'global' : 'local';
  const changes = orThrow(await changeGitSettings(io, settings, { scope, dryRun }));
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('commit-setup', () => ({ scope, dryRun, settings: changes })),
    blocks: () => [
      showTable(
        ['setting', 'before', 'after', 'outcome'],
        changes.map(({ name, before, after, did }) => [name, before ?? '–', after, did]),
      ),
    ],
    hints: dryRun ? [] : ['now: git commit --allow-empty -m test && waybill commit verify HEAD'],
  };
}

/** The public half: git and ssh-agent find the private one, and it never has to be read here. */
async function readSshKeyFile({ io, options }: CommitSetupCall): Promise<string> {
  const path = resolve(io.cwd, options.key);
  const text = Buffer.from(await readFileBounded(path, LIMITS.configBytesMax)).toString('utf8');
  // mutant private-key-as-signing-key by commit-setup: condition -> false
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw new Failure(
      'USAGE',
      `${options.key} is a private key`,
      `Name its public half: --key ${options.key}.pub`,
    );
  if (!isPublicKeyLine(text))
    throw new Failure(
      'USAGE',
      `${options.key} is no public key of SSH that may sign commits`,
      'Make one: ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519',
    );
  return path;
}

/** A fingerprint, as `gpg --list-secret-keys` and `gpgsm --list-secret-keys` show it. */
function readKeyName(text: string, format: Format): string {
  const name = text.replaceAll(' ', '').replace(/^0x/, '');
  if (/^(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/.test(name)) return name.toUpperCase();
  const program = format === 'x509' ? 'gpgsm' : 'gpg';
  throw new Failure(
    'USAGE',
    `not the fingerprint of a key: ${text}`,
    `Name all 40 or 64 digits: ${program} --list-secret-keys --with-colons`,
  );
}
