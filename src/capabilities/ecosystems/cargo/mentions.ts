import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseToml } from '../../../formats/toml/parse.ts';
import { parseRegistry } from '../component-registry.ts';
import type { FileMentions, Mention, MentionReader } from '../ecosystem.ts';
import { isCargoConfig } from './cargo-config.ts';
import { createKeyFinder } from './cargo-manifest.ts';

/** The registries that `.cargo/config.toml` names. */
export const cargoMentions: MentionReader = {
  wants: isCargoConfig,
  read: (path, text): FileMentions => ({ registries: listRegistries(path, text), images: [] }),
};

function listRegistries(path: string, text: string): readonly Mention[] {
  const toml = parseToml(text, { bytesMax: LIMITS.surveyFileBytesMax });
  if (!toml.ok || !isJsonObject(toml.value)) return [];
  const findLine = createKeyFinder(text);
  const mentions: Mention[] = [];
  for (const [group, key] of [
    ['source', 'registry'],
    ['registries', 'index'],
  ] as const) {
    const named = toml.value[group];
    for (const [name, one] of isJsonObject(named) ? Object.entries(named) : []) {
      const url = isJsonObject(one) ? one[key] : undefined;
      const value =
        typeof url === 'string' ? parseRegistry(url.replace(/^(?:sparse|registry)\+/, '')) : null;
      if (value !== null)
        mentions.push({ value, place: `${path}:${findLine(`${group} ${name}`, key)}` });
    }
  }
  return mentions;
}
