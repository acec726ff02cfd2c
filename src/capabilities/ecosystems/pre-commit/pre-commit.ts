import type { Result } from '../../../core/result.ts';
import { findNode, listItems, readScalar, type YamlNode } from '../../../formats/yaml/trees.ts';
import { CollectedManifest } from '../collected-manifest.ts';
import { type ManifestReading, type NamedManifestFormat, readYamlManifest } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';

export const preCommitFormat: NamedManifestFormat = {
  wants: wantFiles({
    names: ['config', 'hooks'].flatMap((kind) =>
      ['yaml', 'yml'].map((suffix) => `.pre-commit-${kind}.${suffix}`),
    ),
  }),
  read: readPreCommit,
};

/** Repositories of hooks by their revision, and the packages that hooks want besides. */
export function readPreCommit(file: string, bytes: Uint8Array): Result<ManifestReading> {
  return readYamlManifest(file, bytes, (manifest) => {
    const collected = new CollectedManifest(manifest);
    for (const tree of manifest.trees) {
      readHooks(tree, collected);
      for (const entry of listItems(findNode(tree, 'repos'))) readRepository(entry, collected);
    }
    return collected;
  });
}

function readRepository(entry: YamlNode, collected: CollectedManifest): void {
  const address = readScalar(findNode(entry, 'repo'));
  const rev = findNode(entry, 'rev');
  if (address !== null && address !== 'local' && address !== 'meta')
    collected.addRevision(rev ?? entry, address, readScalar(rev));
  readHooks(findNode(entry, 'hooks'), collected);
}

function readHooks(hooks: YamlNode | null, collected: CollectedManifest): void {
  for (const hook of listItems(hooks)) {
    const entry = findNode(hook, 'entry');
    const text = readScalar(entry);
    if (
      readScalar(findNode(hook, 'language')) === 'docker_image' &&
      entry !== null &&
      text !== null
    )
      collected.addImage(entry, { text: takeImage(text), written: takeImage(text) });
    for (const package_ of listItems(findNode(hook, 'additional_dependencies')))
      addPackage(package_, collected);
  }
}

/** Options of `docker run` may be before the image (pre-commit.com, docker_image). */
function takeImage(entry: string): string {
  const words = entry.trim().split(/\s+/);
  const at = words.findIndex((word, index) => {
    const before = words[index - 1] ?? '';
    return !word.startsWith('-') && !/^(?:--entrypoint|-e|-v|-w|-u|--env|--volume)$/.test(before);
  });
  return words[at] ?? entry;
}

/** The language of the hook decides whose package it is. */
function addPackage(node: YamlNode, collected: CollectedManifest): void {
  const text = readScalar(node)?.trim() ?? '';
  if (text === '' || /^(?:\.{1,2}(?:\/|$)|file:)/.test(text)) return;
  const [, name, version] =
    /^(@?[\w.-]+(?:\/[\w.-]+)*(?:\[[^\]]*\])?)\s*(?:==|@|:)\s*v?(\d[\w.+-]*)$/.exec(text) ?? [];
  const isExact = version !== undefined && /^\d+(?:\.\d+)+/.test(version);
  collected.addSource(node, {
    ecosystem: 'generic',
    name: name ?? text,
    version: isExact ? version : null,
    requested: text,
    pinned: isExact ? 'yes' : 'no',
    why: isExact ? 'the version is named' : 'no exact version is named',
    recorded: false,
    remedy: 'name its exact version',
  });
}
