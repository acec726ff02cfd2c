import { describe, expect, it } from 'vitest';
import { findUndeclaredKind, findUnreadKind } from '../lookup.ts';
import { DECLARED_KINDS } from './declared-kinds.ts';

const NAMES = DECLARED_KINDS.flatMap(({ kind, files }) =>
  files.map((file) => [file, kind] as const),
);

describe('truth A9: what a source tree locks or requires is named where it is not read', () => {
  it('every name of the table, in any folder, for inventories and for deps', () => {
    const silent = NAMES.filter(([file]) => {
      const path = file.replaceAll('*', 'x');
      return [path, `a/b/${path}`].some(
        (one) => findUnreadKind(one, 'source-tree') === null || findUndeclaredKind(one) === null,
      );
    });
    expect(silent).toEqual([]);
  });

  it('each name once, so that no kind hides another', () => {
    const files = NAMES.map(([file]) => file);
    expect(files.filter((file, at) => files.indexOf(file) !== at)).toEqual([]);
  });

  it.each([
    ['buildout.cfg', 'python'],
    ['Shop.nuspec', 'dotnet'],
    ['erlang.mk', 'erlang'],
    ['cpanfile.snapshot', 'perl'],
    ['bower.json', 'javascript'],
    ['lake-manifest.json', 'lean'],
    ['lakefile.lean', 'lean'],
    ['haxelib.json', 'haxe'],
    ['Gopkg.lock', 'go-module'],
    ['Manifest-v1.11.toml', 'julia'],
    ['.circleci/config.yml', 'ci-pipeline'],
    ['.devcontainer/devcontainer-feature.json', 'devcontainer'],
    ['helmfile.yaml', 'helm'],
    ['infra/main.tf', 'terraform'],
    ['cgmanifest.json', 'component-manifest'],
    ['rush.json', 'javascript'],
    ['src/project.json', 'dotnet'],
    ['META.json', 'perl'],
    ['spack.yaml', 'spack'],
    ['buf.yaml', 'protobuf'],
    ['third_party/zlib.bzl', 'bazel'],
    ['layers/x/app_1.0.bb', 'embedded'],
    ['some/tool.lock', 'lock-file'],
    ['new-tool-lock.yaml', 'lock-file'],
  ])('%s is %s', (path, kind) => {
    expect(findUnreadKind(path, 'source-tree')).toBe(kind);
    expect(findUnreadKind(path, 'root-file-system')).toBeNull();
  });

  it('but no file that is read, and no word that only looks like one', () => {
    for (const path of [
      ...['package-lock.json', 'npm-shrinkwrap.json', 'package.json', 'Dockerfile', '.npmrc'],
      ...['go.mod', 'go.sum', 'go.work', 'go.work.sum', 'vendor/modules.txt'],
      ...['src/lock.ts', 'README.md', 'src/requirements.md', 'docs/workflows/ci.yml', 'notes.txt'],
      ...['.github/workflows/ci.yml', 'action.yml', 'Chart.yaml', 'Chart.lock', 'compose.yaml'],
      ...['.gitlab-ci.yml', 'azure-pipelines.yml', 'kustomization.yaml', '.terraform.lock.hcl'],
      ...['.devcontainer/devcontainer.json', 'devcontainer-lock.json', '.pre-commit-config.yaml'],
      ...['tools/main.py.lock', 'reqs/dev.txt', 'pylock.dev.toml', 'pixi.lock', 'pdm.linux.lock'],
      ...['node_modules/.package-lock.json', 'node_modules/a/bower.json', 'block', 'tsconfig.json'],
      ...['vendor/github.com/a/b/.travis.yml', 'x/vendor/gopkg.in/y/Gopkg.lock'],
    ])
      expect([path, findUnreadKind(path, 'source-tree')]).toEqual([path, null]);
    expect(findUnreadKind('node_modules/a/Podfile', 'source-tree')).toBe('swift');
    expect(findUnreadKind('vendor/a/b/.travis.yml', 'source-tree')).toBe('ci-pipeline');
  });

  it.each([
    ['var/lib/pkgtools/packages/bash-5.1-x86_64-1', 'slackware'],
    ['var/log/packages/bash-5.1-x86_64-1', 'slackware'],
    ['var/db/xbps/pkgdb-0.38.plist', 'xbps'],
    ['gnu/store/0123456789abcdfghijklmnpqrsvwxyz-bash-5/bin/bash', 'guix'],
    ['var/db/pkg/local.sqlite', 'freebsd-pkg'],
    ['var/lib/eopkg/package/bash-5-1/metadata.xml', 'eopkg'],
    ['var/lib/pkg/db', 'crux'],
    ['opt/spack/gcc/zlib/.spack/spec.json', 'spack'],
    ['srv/old/var/db/xbps/pkgdb-0.38.plist', 'nested-root'],
    ['opt/images/app/oci-layout', 'stored-image'],
    ['var/lib/docker/image/overlay2/repositories.json', 'stored-image'],
    ['opt/disk.qcow2', 'stored-image'],
    ['opt/App/resources/app.asar', 'electron-archive'],
    ['usr/local/lib/tool.phar', 'php-archive'],
  ])('and what a package manager installed: %s is %s', (path, kind) => {
    expect(findUnreadKind(path, 'root-file-system')).toBe(kind);
  });

  it('stays cheap on a hostile path', () => {
    const path = `${'requirements-'.repeat(20_000)}/${'a/'.repeat(20_000)}x.txt`;
    const before = process.cpuUsage();
    for (let times = 0; times < 20; times++) findUnreadKind(path, 'source-tree');
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
  });
});
