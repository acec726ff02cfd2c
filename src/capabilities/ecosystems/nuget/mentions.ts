import type { FileMentions, MentionReader } from '../ecosystem.ts';
import { isNugetConfig, parseSource, readNugetConfig } from './declared/nuget-config.ts';

/** The package sources that NuGet.config sets. */
export const nugetMentions: MentionReader = {
  wants: isNugetConfig,
  read: (path, text): FileMentions => {
    const config = readNugetConfig(path, new TextEncoder().encode(text));
    const sources = config.ok ? config.value.sources : [];
    const registries = sources.flatMap(({ value, line }) => {
      const registry = parseSource(value);
      return registry === null ? [] : [{ value: registry, place: `${path}:${line}` }];
    });
    return { registries, images: [] };
  },
};
