import { readScalar, type YamlNode } from '../../formats/yaml/trees.ts';
import { readScript } from './dockerfile/script.ts';
import type { ManifestReading, YamlManifest } from './manifest.ts';

/** What a script of a pipeline installs: a text, or a list of texts that may hold lists. */
export function readScriptNode(manifest: YamlManifest, node: YamlNode, depth = 0): ManifestReading {
  if (node.kind === 'list' && depth < NESTED_MAX) {
    const parts = node.items.map((item) => readScriptNode(manifest, item, depth + 1));
    return {
      dependencies: parts.flatMap(({ dependencies }) => dependencies),
      notLookedAt: parts.flatMap(({ notLookedAt }) => notLookedAt),
    };
  }
  const text = readScalar(node);
  if (text === null) return NOTHING;
  const isBlock = /^[|>]/.test(manifest.text.slice(node.start, node.start + 1));
  const line = manifest.toLine(node) + (isBlock ? 1 : 0);
  return readScript({ file: manifest.file, text, line });
}

const NOTHING: ManifestReading = { dependencies: [], notLookedAt: [] };
/** GitLab allows so many (`.gitlab-ci.yml`, "script"). */
const NESTED_MAX = 10;
