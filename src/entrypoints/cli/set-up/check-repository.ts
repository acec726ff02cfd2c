import { formatCount } from '../../../core/count.ts';
import type { Check } from './check.ts';
import { createCheck, passCheck } from './check.ts';
import { choosePolicyFix } from './check-documents.ts';
import type { GitSettings } from './git-settings.ts';
import type { Observations } from './observations.ts';

const NODE_MIN = [24, 15] as const;
/** The first version of git that makes and checks SSH signatures. */
const GIT_MIN = [2, 34] as const;

export function checkNode({ node }: Observations): Check {
  const message = `Node.js ${node}`;
  if (isAtLeast(node, NODE_MIN)) return passCheck('node-version', message);
  const fix = 'npm install --save-dev node@24, and run waybill from node_modules/.bin';
  return createCheck(
    'node-version',
    'problem',
    `${message}; at least ${NODE_MIN.join('.')} is required`,
    fix,
  );
}

export function checkGit({ git }: Observations): readonly Check[] {
  if (!git.ok)
    return [
      createCheck(
        'git',
        'warning',
        git.failure.message,
        'apt-get install git, or winget install Git.Git',
      ),
    ];
  const { version } = git.value;
  if (isAtLeast(version, GIT_MIN)) return [passCheck('git', `git ${version}`)];
  const fix = 'upgrade git: apt-get install git, or winget upgrade Git.Git';
  return [
    createCheck(
      'git',
      'warning',
      `git ${version} cannot make SSH signatures; ${GIT_MIN.join('.')} can`,
      fix,
    ),
  ];
}

/**
 * §3.10 of the ecosystem contract: without allowed signers git shows good signatures as U, which is
 * easy to overlook.
 */
export function checkSigning(seen: Observations): readonly Check[] {
  if (!seen.git.ok) return [];
  if (seen.git.value.topLevel === null)
    return [passCheck('commit-signing', 'this is not a git work tree; no commits are made here')];
  return [checkCommitSigning(seen.git.value), checkAllowedSigners(seen), checkMergeKey(seen)];
}

/** Whether commits of a work tree are signed where nobody asks for it. */
export function checkCommitSigning({
  signs,
  format,
  hasSigningKey,
}: Pick<GitSettings, 'signs' | 'format' | 'hasSigningKey'>): Check {
  if (!signs) {
    const fix =
      'git config gpg.format ssh && git config user.signingKey ~/.ssh/id_ed25519.pub && git ' +
      'config commit.gpgSign true';
    return createCheck(
      'commit-signing',
      'warning',
      'commits are not signed unless they are made with -S',
      fix,
    );
  }
  if (format === 'ssh' && !hasSigningKey) {
    const fix = 'git config user.signingKey ~/.ssh/id_ed25519.pub';
    return createCheck(
      'commit-signing',
      'problem',
      'commits are set to be signed with SSH, but no key is named',
      fix,
    );
  }
  if (format === 'ssh') return passCheck('commit-signing', 'commits are signed with SSH');
  const named = format === 'x509' ? 'commitRoots' : 'keyrings';
  return createCheck(
    'commit-signing',
    'warning',
    `commits are signed with ${format}: they count where the configuration names the keys`,
    `name the file in ${named} of the configuration, or: git config gpg.format ssh`,
  );
}

/**
 * Git and Waybill each use the file of their own setting: a setting that is only in the repository
 * does not count for others.
 */
function checkAllowedSigners({ git, config, allowedSigners: file }: Observations): Check {
  const forWaybill =
    'allowedSigners: FILE in the configuration, with a line for each: alice@example.com ' +
    'namespaces="git" ssh-ed25519 …';
  const forGit = 'git config gpg.ssh.allowedSignersFile FILE';
  const strict = git.ok && git.value.signs && git.value.format === 'ssh';
  if (file === null) {
    const why =
      'no allowed signers are named: git shows even good SSH signatures as U (of unknown validity)';
    return createCheck(
      'allowed-signers',
      strict ? 'problem' : 'warning',
      why,
      `${forWaybill}; and ${forGit}`,
    );
  }
  if (!file.ok) return createCheck('allowed-signers', 'problem', file.failure.message, forWaybill);
  const { signers, skipped } = file.value;
  if (signers.length === 0)
    return createCheck(
      'allowed-signers',
      'problem',
      'the allowed signers file has no signers',
      forWaybill,
    );
  if (skipped.length > 0) {
    const lines = skipped.map(({ line, why }) => `line ${line}: ${why}`).join('; ');
    return createCheck(
      'allowed-signers',
      'warning',
      `lines that are not used: ${lines}`,
      'correct them: ssh-keygen(1), ALLOWED SIGNERS',
    );
  }
  if (git.ok && git.value.allowedSignersFile === null) {
    const why =
      'Waybill knows the allowed signers, but git does not: it shows good SSH signatures as ' +
      'U (of unknown validity)';
    return createCheck('allowed-signers', 'warning', why, forGit);
  }
  if (config.ok && config.value.allowedSigners === null)
    return createCheck(
      'allowed-signers',
      'warning',
      'git knows the allowed signers, but the configuration does not name them',
      forWaybill,
    );
  return passCheck('allowed-signers', `${formatCount(signers.length, 'allowed signer')}`);
}

interface Platform {
  readonly remote: RegExp;
  readonly name: string;
  readonly fix: string;
}

/** How merges that a platform signs can count, if it signs them. */
const PLATFORMS: readonly Platform[] = [
  {
    remote: /(?:^|[/@.])github\.com[/:]/,
    name: 'GitHub',
    fix:
      'turn squash merges off; or name the OpenPGP key of GitHub in keyrings of the configuration, ' +
      'and its fingerprint in parameters.mergeSigners',
  },
  {
    remote: /(?:^|[/@.])gitlab\.[^/:]{1,200}[/:]/,
    name: 'GitLab',
    fix:
      'turn squash merges off; or let GitLab sign them with an SSH key, and name its principal ' +
      'in parameters.mergeSigners',
  },
  {
    remote: /(?:^|[/@.])(?:dev\.azure|visualstudio)\.com[/:]/,
    name: 'Azure DevOps',
    fix: 'turn squash merges off: Azure DevOps does not sign them',
  },
];

/**
 * A squash merge is a new commit: its author is a developer, and it is signed by the platform or
 * not at all.
 */
function checkMergeKey({ git, policy, config, treeFile }: Observations): Check {
  const remote = git.ok ? (git.value.remote ?? '') : '';
  const platform = PLATFORMS.find((one) => one.remote.test(remote));
  if (!policy.ok)
    return createCheck(
      'merge-key',
      'unknown',
      'the policy, which can name the key, does not load',
      choosePolicyFix({ policy, config, treeFile }),
    );
  const named = policy.value.parameters.values['mergeSigners'];
  if (Array.isArray(named) && named.length > 0)
    return passCheck('merge-key', `the policy names ${formatCount(named.length, 'merge signer')}`);
  if (platform === undefined)
    return passCheck('merge-key', 'the remote is not a known platform that merges');
  const why =
    `${platform.name} makes squash merges that no developer signed, and the policy names no ` +
    'merge signer';
  return createCheck('merge-key', 'warning', why, platform.fix);
}

export function checkHooks({ git, hooks }: Observations): readonly Check[] {
  if (!git.ok || git.value.topLevel === null) return [];
  const fix = 'waybill hook install';
  if (!hooks.ok)
    return [createCheck('hooks', 'unknown', hooks.failure.message, hooks.failure.remedy)];
  const missing = hooks.value
    .filter(({ text }) => text === null || !runsGate(text))
    .map(({ name }) => name);
  const vanished = hooks.value.flatMap(({ text, vanished: gone }) =>
    text !== null && runsGate(text) ? gone : [],
  );
  if (vanished.length > 0)
    return [
      createCheck(
        'hooks',
        'problem',
        `a hook runs ${vanished.join(', ')}, which does not exist`,
        fix,
      ),
    ];
  if (missing.length === 0) return [passCheck('hooks', 'the hooks run the commit gate')];
  return [createCheck('hooks', 'warning', `no commit gate in ${missing.join(', ')}`, fix)];
}

/** A line that runs the commit gate, with any quoting; a comment runs nothing. */
function runsGate(text: string): boolean {
  return text.split(/\r?\n/).some((line) => /^[^#]*\bgate['"]?\s+['"]?commit\b/.test(line));
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
