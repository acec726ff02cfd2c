import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignedImages } from '../support/signed-images.ts';

/** Makes an image of one file, the same at any time and place. */
const BUILD = `set -eu
mkdir -p "$WAYBILL_OUTPUT/blobs/sha256"
work=$(mktemp -d)
digest() { sha256sum "$work/$1" | cut -d' ' -f1; }
entry() { printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$1" "$(digest "$2")" "$(wc -c < "$work/$2" | tr -d ' ')"; }
put() { cp "$work/$1" "$WAYBILL_OUTPUT/blobs/sha256/$(digest "$1")"; }
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=a=r --format=ustar -cf "$work/layer" message.txt
printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$(digest layer)" > "$work/config"
oci=application/vnd.oci.image
printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' $oci.manifest.v1+json "$(entry $oci.config.v1+json config)" "$(entry $oci.layer.v1.tar layer)" > "$work/manifest"
for one in layer config manifest; do put $one; done
printf '{"imageLayoutVersion":"1.0.0"}' > "$WAYBILL_OUTPUT/oci-layout"
printf '{"schemaVersion":2,"manifests":[%s]}' "$(entry $oci.manifest.v1+json manifest)" > "$WAYBILL_OUTPUT/index.json"
rm -r "$work"
`;
const AT = '2026-11-20T12:00:00Z';
const PATH = process.env['PATH'] ?? '';
let images: SignedImages;
let commit: string;

beforeAll(async () => {
  images = await SignedImages.open();
  mkdirSync(join(images.folder, 'source'));
  images.write('source/build.sh', BUILD);
  images.write('source/message.txt', 'hello\n');
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const git = (...args: readonly string[]) => {
    const env = { PATH, HOME: images.folder, GIT_AUTHOR_DATE: AT, GIT_COMMITTER_DATE: AT };
    const place = { cwd: join(images.folder, 'source'), env, encoding: 'utf8' } as const;
    return execFileSync('git', [...who, ...args], place).trim();
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'commit.gpgSign=false', 'commit', '--quiet', '--message', 'one');
  commit = git('rev-parse', 'HEAD');
  const output = join(images.folder, 'built');
  const env = { PATH, WAYBILL_OUTPUT: output, SOURCE_DATE_EPOCH: String(Date.parse(AT) / 1_000) };
  execFileSync('sh', ['build.sh'], { cwd: join(images.folder, 'source'), env });
});
afterAll(() => images.close());

/** The image that the first build made, with a provenance of this commit; null: with none. */
async function publish(name: string, of: string | null = commit): Promise<string> {
  const image = `${images.registry.registry}/shop/${name}:1`;
  await images.run('copy', 'oci:built', image);
  if (of === null) return image;
  const source = { repository: 'https://git.example.com/shop/app', commit: of };
  images.write('provenance.json', {
    buildDefinition: {
      buildType: 'https://ci.example.com/v1',
      externalParameters: { source },
      resolvedDependencies: [],
    },
    runDetails: { builder: { id: 'https://ci.example.com' } },
  });
  const stated = ['--type', 'slsa-provenance', '--predicate', 'provenance.json'];
  await images.run('attest', image, ...stated, '--key', 'release');
  return image;
}

async function rebuild(image: string, command: string, ...more: readonly string[]) {
  const args = ['--command', command, '--source', 'source', '--key', 'release', ...more];
  const { code, stdout, stderr } = await images.try(
    ...['rebuild', image, ...args, '--format', 'json'],
  );
  return { code, stderr, made: stdout === '' ? null : JSON.parse(stdout) };
}

async function judge(image: string, require: string): Promise<number> {
  const head = 'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: p, revision: 1 }';
  const rule = `{ id: one, description: x, gates: { admission: deny }, require: "${require}"`;
  images.write('p.yaml', `${head}\nmode: enforce\nrules:\n  - ${rule}, message: "'x'", fix: y }\n`);
  return (await images.try('gate', 'admission', image, '--policy', 'p.yaml')).code;
}
const REPRODUCED = 'rebuild.reproduced && rebuild.commit == provenance.commit';

describe('D9 X13: waybill rebuild', () => {
  it('builds the recorded commit again, and states that the bytes are the same', async () => {
    const image = await publish('same');
    expect(await judge(image, REPRODUCED)).toBe(3);
    const { code, made } = await rebuild(image, 'sh build.sh');
    expect([code, made]).toEqual([
      0,
      expect.objectContaining({
        ...{ commit, reproduced: true, sameContent: true, difference: null, standing: 'counts' },
        layers: [expect.objectContaining({ match: 'bytes' })],
      }),
    ]);
    expect(made.image).toContain(made.rebuilt);
    expect(await judge(image, REPRODUCED)).toBe(0);
    const { stdout } = await images.run('graph', 'status', '--format', 'json');
    expect(JSON.parse(stdout).head.size).toBe(1);
  });

  it('names layer and file of what differs, and whether it runs', async () => {
    const image = await publish('other');
    const { code, made } = await rebuild(image, 'echo bye > message.txt && sh build.sh');
    expect([code, made.reproduced, made.sameContent]).toEqual([1, false, false]);
    expect(made.difference).toMatch(/^layer 1: message\.txt differs in content: line 1 /);
    expect(await judge(image, REPRODUCED)).toBe(1);
    const later = await publish('later');
    const timed = 'SOURCE_DATE_EPOCH=1 sh build.sh';
    expect((await rebuild(later, timed)).made).toMatchObject({
      ...{ reproduced: false, sameContent: true },
    });
    expect(await judge(later, '!rebuild.reproduced && rebuild.sameContent')).toBe(0);
  });

  it('runs with an environment of its own, and what is named', async () => {
    const image = await publish('clean');
    const env = { SECRET: 'word', NAMED: 'given', TZ: 'Asia/Tokyo' };
    const test =
      'test -z "$SECRET" && test -z "$WAYBILL_HOME" && test "$NAMED" = given && test $TZ = UTC && ' +
      `test "$WAYBILL_COMMIT" = ${commit} && test ! -e .git && sh build.sh`;
    const args = ['--command', test, '--source', 'source', '--key', 'release'];
    const { code } = await images.runWith(env, 'rebuild', image, ...args, '--pass-env', 'NAMED');
    expect(code).toBe(0);
  });

  it.each<readonly [string, string, string]>([
    ['that fails', 'echo broken >&2; exit 7', 'exit code 7: broken'],
    ['that leaves no image', 'true', 'left no OCI layout'],
  ])('a build %s states nothing', async (_, command, why) => {
    const image = await publish('failed');
    const { code, stderr } = await rebuild(image, command);
    expect([code, stderr]).toEqual([3, expect.stringContaining(why)]);
    expect(await judge(image, REPRODUCED)).toBe(3);
  });

  it('needs one recorded commit that the repository has, or its name', async () => {
    const bare = await publish('bare', null);
    expect((await rebuild(bare, 'sh build.sh')).stderr).toContain('no trusted provenance records');
    expect((await rebuild(bare, 'sh build.sh', '--commit', commit)).code).toBe(0);
    expect(await judge(bare, `rebuild.reproduced && rebuild.commit == '${commit}'`)).toBe(0);
    const elsewhere = await publish('elsewhere', 'd'.repeat(40));
    const { code, stderr } = await rebuild(elsewhere, 'sh build.sh');
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not in the git repository')]);
  });

  it('B6: the level of the build is assessed, not asserted', async () => {
    const assess = async (image: string, level: string) => {
      const args = ['provenance', 'assess', image, '--level', level, '--format', 'json'];
      const { code, stdout } = await images.try(...args);
      return [code, JSON.parse(stdout).level];
    };
    const image = await publish('level');
    expect(await assess(image, '1')).toEqual([0, 1]);
    expect(await assess(image, '2')).toEqual([1, 1]);
    expect(await assess(await publish('none', null), '1')).toEqual([1, 0]);
    expect(await judge(image, 'provenance.level >= 1')).toBe(0);
    expect(await judge(image, 'provenance.level >= 2')).toBe(1);
  });
});
