import type { FileMentions, MentionReader } from '../ecosystem.ts';
import { isGoEnv, listProxyRegistries, parseGoEnv } from './declared/go-env.ts';

/** The proxies that a go.env of the tree names. */
export const goMentions: MentionReader = {
  wants: isGoEnv,
  read: (path, text): FileMentions => {
    const settings = parseGoEnv(path, new TextEncoder().encode(text));
    const registries = (settings.ok ? listProxyRegistries(settings.value) : []).map(
      ({ registry, line }) => ({ value: registry, place: `${path}:${line}` }),
    );
    return { registries, images: [] };
  },
};
