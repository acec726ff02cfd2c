// npm run pack:release [-- --output FOLDER] [--commit REVISION] [--home FOLDER --key NAME --policy
// FILE]: makes everything that is published for one commit: the npm tarball, the executable and the
// container image, each with SBOM, provenance and signatures. The Waybill that was just built makes
// all of them. Without --home it makes a trial key and deletes it afterwards: such signatures show
// how it works, not who made the release.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { waybillExecutable } from './executable/executable.ts';
import { type BuiltCommit, buildCommit } from './image/checkout.ts';
import { writeLayout } from './image/layout.ts';
import { npmTarball } from './image/npm-tarball.ts';
import { waybillImage } from './image/waybill-image.ts';
import { writeProvenance } from './release/provenance.ts';
import { Self } from './release/self.ts';

const IDENTITY = 'CN=waybill release,O=trial,ST=WA,C=US';

const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: '.cache/release' },
    commit: { type: 'string', default: 'HEAD' },
    home: { type: 'string' },
    key: { type: 'string', default: 'default' },
    policy: { type: 'string' },
    repository: { type: 'string', default: 'https://git.example.com/waybill' },
    builder: { type: 'string', default: 'https://waybill.dev/builders/local' },
  },
});

async function packRelease(output: string, scratch: string): Promise<void> {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const built = await buildCommit(options.commit);
  const self = new Self(
    built,
    scratch,
    options.home === undefined ? join(scratch, 'home') : resolve(options.home),
  );
  try {
    if (options.home === undefined) await self.output('key', 'generate', '--subject', IDENTITY);
    await publishTarball(built, self, output);
    await publishExecutable(built, self, output, scratch);
    await publishImage(built, self, output, scratch);
    if (options.home === undefined)
      cpSync(join(scratch, 'home/keys/default.root.crt'), join(output, 'signer.root.crt'));
  } finally {
    self.close();
  }
}

/** The npm package with its SBOM and provenance, and the signature of each (B4, B5, B18). */
async function publishTarball(built: BuiltCommit, self: Self, output: string): Promise<void> {
  const subject = { name: `waybill-${built.version}.tgz`, bytes: npmTarball(built) };
  writeFileSync(join(output, subject.name), subject.bytes);
  const papers = join(output, `waybill-${built.version}`);
  writeFileSync(
    `${papers}.provenance.json`,
    writeProvenance(built, 'npm-tarball', subject, options),
  );
  await self.writeSbom(self.folder, `${papers}.spdx.json`);
  await signAll(self, { [join(output, subject.name)]: 'application/gzip' }, papers);
}

/**
 * The same for the executable, with the licences of its parts. Its inventory names what was
 * bundled, and Node.js.
 */
async function publishExecutable(
  built: BuiltCommit,
  self: Self,
  output: string,
  scratch: string,
): Promise<void> {
  const { bytes, contents, licences } = await waybillExecutable(built);
  const subject = { name: `waybill-${built.version}-linux-x64`, bytes };
  const path = join(output, subject.name);
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
  writeFileSync(`${path}.licences.txt`, licences);
  writeFileSync(`${path}.provenance.json`, writeProvenance(built, 'executable', subject, options));
  const unpacked = join(scratch, subject.name);
  for (const file of contents) {
    mkdirSync(dirname(join(unpacked, file.path)), { recursive: true });
    writeFileSync(join(unpacked, file.path), file.content);
  }
  await self.writeSbom(unpacked, `${path}.spdx.json`);
  await signAll(
    self,
    { [path]: 'application/x-executable', [`${path}.licences.txt`]: 'text/plain' },
    path,
  );
}

/** Signs files of these types, and the inventory and provenance whose names begin with `papers`. */
async function signAll(
  self: Self,
  files: Readonly<Record<string, string>>,
  papers: string,
): Promise<void> {
  const types = {
    ...files,
    [`${papers}.spdx.json`]: 'application/spdx+json',
    [`${papers}.provenance.json`]: 'application/vnd.in-toto+json',
  };
  for (const [path, type] of Object.entries(types))
    console.log(
      (await self.output('sign', path, '--key', options.key, '--media-type', type)).trim(),
    );
}

/**
 * The image as a layout, and the folder of a registry that has it with everything attached to it
 * (B20, B25).
 */
async function publishImage(
  built: BuiltCommit,
  self: Self,
  output: string,
  scratch: string,
): Promise<void> {
  const { reference } = await writeLayout(join(output, 'image'), await waybillImage(built));
  const repository = `${await self.serveRegistry(join(output, 'registry'))}/waybill/waybill`;
  if (options.home === undefined) {
    const certificate = join(scratch, 'home/keys/default.root.crt');
    const who = ['--certificate', certificate, '--store', 'waybill', '--identity', IDENTITY];
    await self.output('trust', 'add', ...who, '--repository', repository);
  }
  const policy =
    options.policy === undefined
      ? await trialPolicy(self, repository, scratch)
      : resolve(options.policy);
  const facts = [
    '--name',
    'waybill',
    '--version',
    built.version,
    '--repo',
    options.repository,
    '--commit',
    built.commit,
  ];
  const maker = ['--builder', options.builder, '--key', options.key, '--policy', policy];
  console.log(
    (
      await self.output(
        'release',
        `${repository}:${built.version}`,
        '--image',
        reference,
        ...facts,
        ...maker,
      )
    ).trim(),
  );
}

/**
 * The default policy in observe mode. A trial has no current advisories, so it reports faults
 * instead of refusing.
 */
async function trialPolicy(self: Self, repository: string, scratch: string): Promise<string> {
  const text = await self.output('policy', 'show', '--default');
  const path = join(scratch, 'policy.yaml');
  const observing = text.replace(/^mode: .*$/m, 'mode: observe');
  writeFileSync(
    path,
    observing.replace(
      /allowedRegistries: .*/,
      `allowedRegistries: [${JSON.stringify(repository)}]`,
    ),
  );
  return path;
}

const scratch = mkdtempSync(join(tmpdir(), 'waybill-release-'));
try {
  await packRelease(resolve(options.output), scratch);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
